# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Configs in pure Python, which inherit with ``read_base``; the first is the example of the documentation."""
import re

import pytest
from mmengine.config import Config

from entmin.command_line import main
from mmseg_entmin.config.read_config import read_config
from mmseg_entmin.walk import plain, type_name

LAZY = 'from mmengine.config import read_base\nwith read_base():\n    from .{base} import *\n'
OVERLAY = """
_base_ = './tiny_fcn.py'
from mmseg_entmin.config import semi_supervised
model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(_base_, unlabeled='splits/1-3_unlabeled.txt')
model['unsup_weight'] = 0.5
"""


@pytest.fixture
def folder(tiny_config, tiny_dataset, repo_root):
    """A supervised config in both forms, the documentation's ``pure_semi.py``, and ``semi.py``, its other form."""
    text = tiny_config.read_text().replace('data/absent', str(tiny_dataset)).replace(
        "ann_file='splits/train.txt'", "ann_file='splits/1-3_labeled.txt'")
    tiny_config.write_text(text)
    for name in ('EncoderDecoder', 'SegDataPreProcessor', 'FCNHead'):
        text = f'from mmseg.models import {name}\n' + text.replace(f"'{name}'", name)
    text = 'import mmseg.models.backbones\n' + text.replace("'UNet'", 'mmseg.models.backbones.UNet')
    folder = tiny_config.parent
    (folder / 'pure_supervised.py').write_text(text)
    (folder / 'semi.py').write_text(OVERLAY)
    page = (repo_root / 'docs/config_reference.md').read_text()
    example = re.search(r'```python title="pure_semi.py"\n(.*?)```', page, re.S)
    (folder / 'pure_semi.py').write_text(example[1])
    return folder


def named(node):
    """Components by the names of their types, as both forms have them."""
    if isinstance(node, dict):
        return {key: type_name(node) if key == 'type' else named(part) for key, part in node.items()}
    return type(node)(map(named, node)) if isinstance(node, (list, tuple)) else node


def test_the_example_is_what_the_other_form_gives_and_trains(folder, tmp_path):
    pure, text = (read_config(str(folder / name)) for name in ('pure_semi.py', 'semi.py'))
    for part in ('model', 'train_dataloader', 'optim_wrapper', 'custom_imports'):
        assert named(plain(pure[part])) == named(plain(text[part])), part
    main(['train', str(folder / 'pure_semi.py'), '--work-dir', str(tmp_path / 'work'), '--cfg-options',
          'model.unsup_weight=0.25', 'model.unsupervised_losses.0.loss_weight=2.'])
    assert (tmp_path / 'work/iter_4.pth').is_file()
    dumped = Config.fromfile(tmp_path / 'work/pure_semi.py')
    assert dumped.model.unsup_weight == 0.25 and dumped.model.unsupervised_losses[0].loss_weight == 2.
    checkpoint = str(tmp_path / 'work/iter_4.pth')
    main(['test', str(folder / 'pure_semi.py'), checkpoint, '--work-dir', str(tmp_path / 'test')])


def test_other_segmentors_given_as_classes_and_heirs(folder):
    (folder / 'consistency.py').write_text(LAZY.format(base='pure_supervised') + (
        'from mmseg_entmin.config import overlay\nfrom mmseg_entmin.models import EntMinConsistency\n'
        'model, train_dataloader, optim_wrapper, custom_imports = overlay.semi_supervised(\n'
        "    dict(model=model, train_dataloader=train_dataloader), 'images', type=EntMinConsistency)\n"))
    (folder / 'heir.py').write_text(LAZY.format(base='consistency') + 'model.update(unsup_weight=3.)\n')
    cfg = read_config(str(folder / 'heir.py'))
    assert type_name(cfg.model) == 'EntMinConsistency' and cfg.model.unsup_weight == 3.
    assert type_name(cfg.model.decode_head.head) == 'FCNHead'


def test_the_data_alone(folder):
    (folder / 'data.py').write_text(LAZY.format(base='pure_supervised') + (
        'from mmseg_entmin.config import with_unlabeled\n'
        "train_dataloader = with_unlabeled(globals(), 'images', unlabeled_batch=3)\n"))
    loader = read_config(str(folder / 'data.py')).train_dataloader
    assert loader.batch_size == 5 and loader.num_workers == 0 and loader.sampler.unlabeled == 3


@pytest.mark.parametrize('text, line', [
    (LAZY.format(base='pure_supervised') + 'from torch import nn\nx = nn.ReLU()\n',
     'torch.nn.ReLU cannot be called in a config with read_base'),
    (LAZY.format(base='semi'), 'cannot inherit from one with read_base'),
    ("_base_ = './pure_supervised.py'\n", 'cannot inherit from one with read_base'),
])
def test_what_cannot_work_is_one_line(folder, text, line):
    (folder / 'own.py').write_text(text)
    with pytest.raises(ValueError, match=line):
        read_config(str(folder / 'own.py'))
