# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Work dirs as a training leaves them, of networks that were not trained."""
import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from tests.tiny import build

CLASSES = ('background', 'square', 'disc')
SEMI = '''
_base_ = './tiny_fcn.py'
model = dict(
    type='{kind}', decode_head=dict(_delete_=True, type='UncertaintyHead', head=_base_.model.decode_head),
    cls_head=dict(type='UncertaintyClsHead', in_channels=8, num_classes=3))
'''
LOG = '''2026/01/01 00:00:00 - mmengine - INFO -
------------------------------------------------------------
System environment:
    Python: 3.11.7 (main)
    PyTorch: 2.11.0

Runtime environment:
    seed: {seed}
------------------------------------------------------------
2026/01/01 00:00:01 - mmengine - INFO - per class results:
2026/01/01 00:00:01 - mmengine - INFO -
+------------+-------+--------+
|   Class    |  IoU  | Fscore |
+------------+-------+--------+
| background |  {0}  |  91.0  |
|   square   |  {1}  |  71.0  |
|    disc    |  nan  |  61.0  |
+------------+-------+--------+
2026/01/01 00:00:01 - mmengine - INFO - Iter(val) [4/4]    mIoU: 70.0
'''


def as_text(config: Config) -> str:
    """What ``config.dump`` writes, not laid out, which takes it a second."""
    return ''.join(f'{key} = {value!r}\n' for key, value in config._cfg_dict.to_dict().items())


def write_start(work_dir: Path, time: str, config: Config, steps, validations, seed=0, miou=70.) -> Path:
    """What one start of a training writes: its log, its scalars and its config."""
    start = work_dir / time
    (start / 'vis_data').mkdir(parents=True)
    lines = [{'lr': 0.01, 'loss': 1 / step, 'decode.loss_ce': 0.5, 'time': 0.1 * (1 + seed), 'memory': 100 + seed,
              'iter': step, 'step': step} for step in steps]
    lines += [{'aAcc': 90., 'mIoU': miou, 'IoU.disc': 50., 'time': 1., 'data_time': 1., 'step': step}
              for step in validations]
    lines.sort(key=lambda line: line['step'])
    (start / 'vis_data' / 'scalars.json').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    (start / 'vis_data' / 'config.py').write_text(as_text(config))
    (start / f'{time}.log').write_text(LOG.format(miou, miou - 10, seed=seed))
    return start


@pytest.fixture
def make_config(tiny_config, tiny_dataset):
    """A complete config of one of the kinds of models, None being mmseg's own."""

    def make(kind=None, seed=0, data_root=None) -> Config:
        path = tiny_config
        if kind:
            path = tiny_config.with_name(f'{kind}.py')
            path.write_text(SEMI.format(kind=kind))
        config = Config.fromfile(path)
        config.model.backbone.norm_cfg.type = 'BN'
        config.merge_from_dict({'randomness.seed': seed, 'train_cfg.max_iters': 40})
        root = str(tiny_dataset if data_root is None else data_root)
        for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
            loader.dataset.update(data_root=root, serialize_data=False)  # which collects garbage, for a second
        return config

    return make


@pytest.fixture
def make_work_dir(make_config, tmp_path):
    """Writes the work dir of a finished training, or of one that logged no more than so many steps."""

    def make(name, kind=None, seed=0, done=40, miou=70., checkpoint=True, data_root=None) -> Path:
        work_dir = tmp_path / 'work_dirs' / name
        config = make_config(kind, seed, data_root)
        write_start(work_dir, '20260101_000000', config, range(10, done + 1, 10), range(20, done + 1, 20), seed, miou)
        if checkpoint:
            torch.manual_seed(seed)
            file = work_dir / f'iter_{done}.pth'
            torch.save(dict(state_dict=build(config.model).state_dict(), meta=dict()), file)
            (work_dir / 'last_checkpoint').write_text(f'/gone/{file.name}')
        return work_dir

    return make
