# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/peers.md: no peer is missing, and each is named as its config has it."""
import re

from mmengine.config import Config


def test_every_peer_has_its_section(repo_root):
    text = (repo_root / 'docs/peers.md').read_text()
    folders = [readme.parent for readme in sorted(repo_root.glob('configs/*/README.md'))
               if 'docs/peers.md' in readme.read_text()]
    assert len(folders) > 8
    sections = [part for part in re.split(r'^## ', text, flags=re.M) if '**In code**' in part]
    assert len(sections) == len(folders)
    for folder in folders:
        config = f'configs/{folder.name}/unet_wbc_1-10.py'
        section, = (part for part in sections if f'`{config}`' in part)
        assert f'[`{Config.fromfile(repo_root / config).model.type}`]' in section
        for word in ('$$', '**Passes**', '**Extra parameters**', '**Predicts**'):
            assert word in section, (folder.name, word)
        assert f'| `{folder.name}` |' in text


def test_its_config_is_one(repo_root, tiny_config):
    code = re.search(r'```python\n(_base_.*?)```', (repo_root / 'docs/peers.md').read_text(), re.S).group(1)
    path = tiny_config.with_name('peer.py')
    path.write_text(code.replace('my_supervised_config', tiny_config.stem))
    config = Config.fromfile(path)
    assert config.model.type == 'FixMatch' and config.train_dataloader.dataset.type == 'SemiDataset'
