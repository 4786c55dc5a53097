# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""deeplabv2_voc_1-8 on a folder laid out as VOC: two processes by dist_train.sh, one by train.py."""
import json

import pytest
from mmseg.models.backbones import ResNet
from mmseg.models.backbones.resnet import Bottleneck

from tests import processes

# Crops and depth for a CPU; the rest is the config as it stands.
OPTIONS = [
    'model.backbone.init_cfg=None', 'model.backbone.depth=50', 'model.data_preprocessor.size=(65,65)',
    'train_cfg.max_iters=2', 'train_cfg.val_interval=2', 'train_dataloader.batch_size=2',
    'train_dataloader.sampler.labeled=1', 'train_dataloader.sampler.unlabeled=1', 'train_dataloader.num_workers=0',
    'train_dataloader.persistent_workers=False', 'val_dataloader.num_workers=0',
    'val_dataloader.persistent_workers=False', 'default_hooks.logger.interval=1',
    'train_dataloader.dataset.labeled.pipeline.2.scale=(100,100)',
    'train_dataloader.dataset.labeled.pipeline.3.crop_size=(65,65)',
    'train_dataloader.dataset.unlabeled.pipeline.1.scale=(100,100)',
    'train_dataloader.dataset.unlabeled.pipeline.2.crop_size=(65,65)'
]


@pytest.mark.parametrize('count', [1, 2])
def test_trains_evaluates_and_saves(count, tiny_voc, repo_root, tool_env, tmp_path, monkeypatch):
    monkeypatch.setitem(ResNet.arch_settings, 50, (Bottleneck, (1, 1, 1, 1)))  # forked processes have it, too
    command = ['configs/entmin/deeplabv2_voc_1-8.py', '--data-root', tiny_voc, '--work-dir', tmp_path / 'work',
               '--cfg-options', *OPTIONS]
    if count == 1:
        status, log = processes.run(repo_root / 'tools/train.py', *command, cwd=repo_root, env=tool_env)
    else:
        status, log = processes.run_launcher(
            repo_root / 'tools/dist_train.sh', command[0], '2', *command[1:], cwd=repo_root, env=tool_env)
    assert status == 0, log[-3000:]
    assert (tmp_path / 'work/iter_2.pth').is_file()
    lines = next((tmp_path / 'work').glob('*/vis_data/scalars.json')).read_text().splitlines()
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    assert first['unsup.loss_sharpening'] >= 0 and first['unsup.loss_feature_gradient'] > 0
    assert 0 <= last['mIoU'] <= 100
