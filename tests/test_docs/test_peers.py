# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/peers.md: no peer is missing, and each is named as its config has it."""
import re

import pytest
from mmengine.config import Config

from benchmarks.results import peer_list
from benchmarks.results.methods import peers


def test_every_peer_has_its_section(repo_root):
    text = (repo_root / 'docs/peers.md').read_text()
    sections = [part for part in re.split(r'^## ', text, flags=re.M) if '**In code**' in part]
    assert len(sections) == len(peers()) > 8
    for section, method in zip(sections, peers()):
        assert section.startswith(f'{method.name}\n') and f'`configs/{method.folder}/unet_wbc_1-10.py`' in section
        assert f'[`{method.type}`]' in section
        for word in ('$$', '**Passes**', '**Extra parameters**', '**Predicts**'):
            assert word in section, (method.folder, word)


def test_the_committed_table_is_that_of_the_front_matter(repo_root, tmp_path):
    page = repo_root / 'docs/peers.md'
    copy = tmp_path / 'peers.md'
    copy.write_text(page.read_text())
    peer_list.main(['--page', str(copy)])
    assert copy.read_text() == page.read_text(), 'run `make tables`'
    lines = [line for line in copy.read_text().splitlines() if line.startswith('| [')]
    assert len(lines) == len(peers())
    assert lines[3].startswith('| [Mean Teacher](#mean-teacher) (Tarvainen and Valpola, NIPS 2017) | `mean_teacher` |')
    assert lines[3].endswith('| 1 forward and backward, 1 forward of the teacher | `teacher` |')


@pytest.mark.parametrize('heading, address', [('s4GAN + MLMT', 's4gan-mlmt'), ('UA-MT', 'ua-mt'), ('CPS', 'cps')])
def test_the_address_of_a_section(heading, address):
    assert peer_list.anchor(heading) == address


def test_its_config_is_one(repo_root, tiny_config):
    code = re.search(r'```python\n(_base_.*?)```', (repo_root / 'docs/peers.md').read_text(), re.S).group(1)
    path = tiny_config.with_name('peer.py')
    path.write_text(code.replace('my_supervised_config', tiny_config.stem))
    config = Config.fromfile(path)
    assert config.model.type == 'FixMatch' and config.train_dataloader.dataset.type == 'SemiDataset'
