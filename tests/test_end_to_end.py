# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A config of the method trained to its end; its checkpoint then serves mmseg's inferencer, sliding window and TTA."""
import copy
import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.utils import digit_version
from mmseg.apis import MMSegInferencer

from entmin.command_line import main
from mmseg_entmin.config.read_config import redirect_data_root
from mmseg_entmin.engine.build import add_default_hooks

ITERS = 4
reads_checkpoints = pytest.mark.skipif(
    digit_version(torch.__version__) >= digit_version('2.6') and not hasattr(
        mmengine_checkpoint, 'get_torch_safe_globals'),
    reason='MMEngine 0.10.7 cannot read its own checkpoints with PyTorch 2.6 or newer')


def short(cfg: Config, root, work_dir, iters=ITERS) -> Config:
    """The config on another folder, for a few iterations, without worker processes."""
    redirect_data_root(cfg, str(root))
    workers = dict(num_workers=0, persistent_workers=False)
    cfg.merge_from_dict(dict(
        work_dir=str(work_dir), train_cfg=dict(max_iters=iters, val_interval=iters),
        default_hooks=dict(checkpoint=dict(interval=2), logger=dict(interval=1)),
        visualizer=dict(name=str(work_dir)),  # one of a name in a process
        train_dataloader=workers, val_dataloader=workers, test_dataloader=workers))
    return cfg


def use_splits(root, share: str) -> None:
    """Name the tiny set's lists as a config of this share asks for them."""
    for kind in ('labeled', 'unlabeled'):
        (root / f'splits/1-3_{kind}.txt').rename(root / f'splits/{share}_{kind}.txt')


@pytest.fixture
def trained(repo_root, tiny_dataset, tmp_path):
    """Config, work folder and data of a short run of unet_wbc_1-10."""
    use_splits(tiny_dataset, '1-10')
    cfg = short(Config.fromfile(repo_root / 'configs/entmin/unet_wbc_1-10.py'), tiny_dataset, tmp_path / 'work')
    cfg.merge_from_dict(dict(
        train_dataloader=dict(batch_size=4, sampler=dict(labeled=2, unlabeled=2)),
        model=dict(backbone=dict(base_channels=4), decode_head=dict(head=dict(in_channels=4, channels=4)),
                   cls_head=dict(in_channels=64))))
    Runner.from_cfg(copy.deepcopy(cfg)).train()
    return cfg, tmp_path / 'work', tiny_dataset


def metrics(work_dir) -> dict:
    """The last metrics that a run wrote: a test into its time's folder, a training among its scalars."""
    files = sorted(work_dir.glob('*/*.json')) or sorted(work_dir.glob('*/vis_data/scalars.json'))
    return json.loads(files[-1].read_text().splitlines()[-1])


@reads_checkpoints
def test_a_checkpoint_serves_every_mmseg_tool(trained, repo_root, tmp_path):
    cfg, work_dir, root = trained
    checkpoint = work_dir / f'iter_{ITERS}.pth'
    scalars = [json.loads(line) for line in next(work_dir.glob('*/vis_data/scalars.json')).read_text().splitlines()]
    assert {'decode.loss_ce', 'cls.loss', 'unsup.weight', 'unsup.loss_feature_gradient', 'unsup.loss_sharpening',
            'unsup.loss_class_consistency'} <= set(scalars[0])
    assert {'mIoU', 'mFscore', 'mPrecision', 'mRecall', 'aAcc'} <= set(scalars[-1])

    # the config that the run left behind needs no base files
    inferencer = MMSegInferencer(str(work_dir / 'unet_wbc_1-10.py'), str(checkpoint), device='cpu')
    images = sorted(str(path) for path in (root / 'images').glob('*.png'))[:3]
    results = inferencer(images, return_datasamples=True, batch_size=1)
    assert [np.asarray(r.pred_sem_seg.data).shape[-2:] for r in results] == [(32, 32)] * 3

    dumped = str(work_dir / 'unet_wbc_1-10.py')
    slide = ['model.test_cfg.mode=slide', 'model.test_cfg.crop_size=(32,32)', 'model.test_cfg.stride=(16,16)']
    refine = ['model.test_cfg.class_refinement.threshold=0.05']
    for name, args in (('whole', []), ('tta', ['--tta']), ('slide', ['--cfg-options', *slide]),
                       ('refined', ['--cfg-options', *refine]), ('refined_tta', ['--tta', '--cfg-options', *refine])):
        main(['test', dumped, str(checkpoint), '--work-dir', str(tmp_path / name), *args])
        assert 0 <= metrics(tmp_path / name)['mIoU'] <= 100


@reads_checkpoints
def test_resumes(trained, tmp_path):
    cfg, work_dir, _ = trained
    cfg = copy.deepcopy(cfg)
    cfg.merge_from_dict(dict(resume=True, load_from=str(work_dir / 'iter_2.pth'), work_dir=str(tmp_path / 'resumed')))
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == ITERS and runner.model.ramp_up.step == ITERS
    assert (tmp_path / f'resumed/iter_{ITERS}.pth').is_file()


@pytest.mark.parametrize('name', ['entmin/unet_wbc_1-10', 'entmin/deeplabv2_camvid_1-8', 'supervised/unet_wbc_all'])
def test_trains_on_real_images(name, shared_data, repo_root, tmp_path):
    """The real folders have the layout that the configs expect. (What the method gains is measured, not tested.)"""
    cfg = short(Config.fromfile(repo_root / f'configs/{name}.py'), shared_data / name.split('_')[-2].replace(
        'wbc', 'wbc1'), tmp_path, iters=2)
    cfg.test_dataloader.dataset.indices = cfg.val_dataloader.dataset.indices = 3
    cfg.model.backbone.init_cfg = None
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 2 and 0 <= metrics(tmp_path)['mIoU'] <= 100


@reads_checkpoints
def test_a_peer_with_a_discriminator_resumes_with_all_its_parts(repo_root, tiny_dataset, tmp_path):
    use_splits(tiny_dataset, '1-10')
    cfg = short(Config.fromfile(repo_root / 'configs/advsemiseg/unet_wbc_1-10.py'), tiny_dataset, tmp_path / 'work')
    cfg.merge_from_dict(dict(
        train_dataloader=dict(batch_size=4, sampler=dict(labeled=2, unlabeled=2)),
        model=dict(backbone=dict(base_channels=4), decode_head=dict(in_channels=4, channels=4))))
    add_default_hooks(cfg)
    Runner.from_cfg(copy.deepcopy(cfg)).train()
    scalars = next((tmp_path / 'work').glob('*/vis_data/scalars.json')).read_text().splitlines()
    assert {'unsup.weight', 'unsup.selected', 'unsup.share_0', 'discriminator.lr'} <= set(json.loads(scalars[0]))
    checkpoint = torch.load(tmp_path / 'work/iter_2.pth', weights_only=False)
    assert any(key.startswith('discriminator.') for key in checkpoint['state_dict'])
    assert set(checkpoint['optimizer']) == set(checkpoint['param_schedulers']) == {'segmentor', 'discriminator'}
    cfg.merge_from_dict(dict(resume=True, load_from=str(tmp_path / 'work/iter_2.pth'), work_dir=str(tmp_path / 'on'),
                             visualizer=dict(name=str(tmp_path / 'on'))))
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == ITERS and runner.model.ramp_up.step == ITERS
    assert runner.optim_wrapper.get_lr()['discriminator.lr'][0] < 1e-4  # the poly schedule is that of both
