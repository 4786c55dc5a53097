# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""deeplabv2_voc_1-8 on a folder laid out as VOC: two processes by dist_train.sh, one by train.py."""
import json
import subprocess
import sys

import pytest

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


@pytest.mark.parametrize('processes', [1, 2])
def test_trains_evaluates_and_saves(processes, tiny_voc, repo_root, tool_env, tmp_path):
    config = str(repo_root / 'configs/entmin/deeplabv2_voc_1-8.py')
    if processes == 1:
        command = [sys.executable, str(repo_root / 'tools/train.py'), config]
    else:
        command = ['bash', str(repo_root / 'tools/dist_train.sh'), config, '2']
    done = subprocess.run(
        [*command, '--data-root', str(tiny_voc), '--work-dir', str(tmp_path / 'work'), '--cfg-options', *OPTIONS],
        env=dict(tool_env, PYTHON=sys.executable), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / 'work/iter_2.pth').is_file()
    lines = next((tmp_path / 'work').glob('*/vis_data/scalars.json')).read_text().splitlines()
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    assert first['unsup.loss_sharpening'] >= 0 and first['unsup.loss_feature_gradient'] > 0
    assert 0 <= last['mIoU'] <= 100
