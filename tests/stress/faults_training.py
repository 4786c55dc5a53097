# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Small trainings in processes that may be killed. They are forked from this one, so that nothing is imported again.

The trials of this folder and the tests of resuming use them.
"""
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.pyplot  # noqa: F401  every training imports it: here it is imported once
import mmengine.runner.runner
import torch
from mmengine.config import Config
from mmengine.utils import ManagerMixin
from torch import distributed as dist
from yapf.yapflib import yapf_api

from entmin.command_line import main
from mmseg_entmin.datasets.toycells import generate
from mmseg_entmin.report.work_dir import read_lines

METHODS = ('supervised', 'entmin', 'entmin_plus')
ITERS = 8
SIZE = (32, 32)
LOSSES = ('loss', 'decode.', 'cls.', 'unsup.', 'consistency.', 'grad_norm', 'lr', 'mIoU', 'aAcc')


def write_data(root: Path) -> Path:
    """Generate forty training images, a third of them labeled, and five test images."""
    return generate(root, num_train=40, num_test=5, size=SIZE[0])


def write_config(path: Path, data: Path, method: str = 'entmin', workers: int = 0, void: int = 255,
                 **options: Any) -> Path:
    """Write the config of a training of 8 iterations, with a U-Net of about 2,000 parameters and random transforms.

    It saves a checkpoint every 2 iterations, keeps two of them and the best one, and validates every 4 iterations.

    Args:
        path: config file to write.
        data: folder from :func:`write_data`.
        method: one of ``METHODS``.
        workers: worker processes of each loader.
        void: label of the empty corners of rotated images.
        **options: settings with dots for nested keys, as for ``--cfg-options``.
    """
    norm = options.pop('norm', dict(type='BN'))
    channels = 4
    augmentation = [
        dict(type='RandomFlip', prob=0.5), dict(type='RandomRotate', prob=1., degree=30, seg_pad_val=void),
        dict(type='PhotoMetricDistortion'), dict(type='PackSegInputs')]

    def images(split: str, pipeline: list) -> dict:
        return dict(type='BloodCellsDataset', data_root=str(data), ann_file=f'splits/{split}.txt', pipeline=pipeline,
                    data_prefix=dict(img_path='images', seg_map_path='annotations'))

    load, annotations = dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')
    labeled = images('1-3_labeled', [load, annotations, *augmentation])
    head = dict(type='FCNHead', in_channels=channels, in_index=3, channels=channels, num_convs=0, concat_input=False,
                dropout_ratio=0.1, num_classes=3, align_corners=False, norm_cfg=norm,
                loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True))
    model = dict(
        type='EncoderDecoder',
        data_preprocessor=dict(type='SegDataPreProcessor', mean=[120.] * 3, std=[60.] * 3, bgr_to_rgb=True,
                               size=SIZE, test_cfg=dict(size_divisor=8)),
        backbone=dict(
            type='UNet', base_channels=channels, num_stages=4, strides=(1, ) * 4, enc_num_convs=(1, ) * 4,
            dec_num_convs=(1, ) * 3, downsamples=(True, ) * 3, enc_dilations=(1, ) * 4, dec_dilations=(1, ) * 3,
            norm_cfg=norm),
        decode_head=head, train_cfg=dict(), test_cfg=dict(mode='whole'))
    loader = dict(num_workers=workers, persistent_workers=workers > 0)
    train = dict(loader, batch_size=2, sampler=dict(type='InfiniteSampler', shuffle=True), dataset=labeled)
    if method != 'supervised':
        model.update(
            type='EntMin', decode_head=dict(type='UncertaintyHead', head=head),
            cls_head=dict(type='UncertaintyClsHead', in_channels=8 * channels, num_classes=3), ramp_up=dict(iters=6))
        train.update(
            batch_size=4, sampler=dict(type='LabeledUnlabeledSampler', labeled=2, unlabeled=2),
            dataset=dict(type='SemiDataset', labeled=labeled,
                         unlabeled=images('1-3_unlabeled', [load, *augmentation])))
    if method == 'entmin_plus':
        model.update(type='EntMinConsistency', threshold=0.3)
    val = dict(loader, batch_size=1, sampler=dict(type='DefaultSampler', shuffle=False),
               dataset=images('test', [load, annotations, dict(type='PackSegInputs')]))
    cfg = Config(dict(
        default_scope='mmseg', custom_imports=dict(imports=['mmseg_entmin'], allow_failed_imports=False),
        model=model, train_dataloader=train, val_dataloader=val, val_cfg=dict(type='ValLoop'),
        val_evaluator=dict(type='IoUMetric', iou_metrics=['mIoU'], nan_to_num=0),
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=ITERS, val_interval=4),
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-2), clip_grad=dict(max_norm=5.)),
        param_scheduler=[dict(type='PolyLR', power=0.9, eta_min=0, begin=0, end=ITERS, by_epoch=False)],
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1, log_metric_by_epoch=False),
            checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=2, max_keep_ckpts=2, save_best='mIoU')),
        env_cfg=dict(mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0)),
        vis_backends=[dict(type='LocalVisBackend')],
        visualizer=dict(type='SegLocalVisualizer', vis_backends=[dict(type='LocalVisBackend')], name='visualizer'),
        log_processor=dict(by_epoch=False), randomness=dict(seed=3)))
    cfg.merge_from_dict(options)
    cfg.dump(path)
    return path


def run_tool(config: Path, work_dir: Path, *args: str, before: Callable[[], None] | None = None,
             env: dict[str, str] | None = None) -> None:
    """Run ``tools/train.py`` in this process, which is used for nothing else; the output goes to WORK_DIR.log.

    Args:
        config: config file.
        work_dir: work dir of the training.
        *args: further arguments.
        before: function to call before the tool.
        env: further environment variables.
    """
    log = os.open(f'{work_dir}.log', os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.stdout, sys.stderr = (open(number, 'w', buffering=1, closefd=False) for number in (1, 2))
    os.environ.update(env or {})
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    forget_instances()
    hurry()
    if before is not None:
        before()
    main(['train', str(config), '--work-dir', str(work_dir), *map(str, args)])


def forget_instances(kind: type = ManagerMixin) -> None:
    """Remove loggers, visualizers and the like of an earlier training in this process: they write elsewhere."""
    for part in kind.__subclasses__():
        part._instance_dict.clear()
        forget_instances(part)


def fork(function: Callable[[], None]) -> int:
    """Call a function in a new process and return the process's id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        function()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
        if not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def start(config: Path, work_dir: Path, *args: str, **options: Any) -> int:
    """Start :func:`run_tool` in a new process and return the process's id."""
    return fork(partial(run_tool, config, work_dir, *args, **options))


def hurry() -> None:
    """Skip what takes most of the time of such a small training and does not matter to the trials."""
    gc.freeze()
    yapf_api.FormatCode = lambda code, **options: (code, True)  # line breaks of the config
    mmengine.runner.runner.collect_env = dict  # runs the compiler for its version


def wait(pid: int, timeout: float = 120.) -> int:
    """Wait for a process and return its exit status, or the negative number of the signal that killed it.

    Raises:
        TimeoutError: it did not end in time; then it is killed.
    """
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise TimeoutError(f'a training did not end within {timeout:.0f} s')


def train(config: Path, work_dir: Path, *args: str, **options: Any) -> int:
    """Run ``tools/train.py`` to its end; see :func:`start` and :func:`wait`."""
    return wait(start(config, work_dir, *args, **options))


def log_of(work_dir: Path) -> str:
    return Path(f'{work_dir}.log').read_text()


def logged(work_dir: Path) -> dict[tuple[str, int], dict]:
    """Logged values of each training step and each validation, over all starts of a training.

    Raises:
        AssertionError: a step that was done twice has different values.
    """
    found: dict[tuple[str, int], dict] = {}
    for path in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for values in read_lines(path):
            kept = {name: value for name, value in values.items() if name.startswith(LOSSES)}
            key = ('train' if 'loss' in values else 'val', values['step'])
            if found.setdefault(key, kept) != kept:
                raise AssertionError(f'{key}: {found[key]} and then {kept}')
    return found


def differences(work_dir: Path, other: Path, iters: int = ITERS) -> list[str]:
    """Differences between two trainings: in weights, buffers, optimizer, schedule, random states, logged values."""
    found = []
    ours, theirs = (torch.load(folder / f'iter_{iters}.pth', weights_only=True) for folder in (work_dir, other))
    for part in ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers', 'rank_states'):
        if part in theirs:
            found += compare(ours.get(part), theirs[part], part)
    mine, yours = logged(work_dir), logged(other)
    if mine.keys() != yours.keys():
        found.append(f'logged: {sorted(mine.keys() ^ yours.keys())}')
    return found + [f'logged at {key}' for key in mine.keys() & yours.keys() if mine[key] != yours[key]]


def compare(ours: Any, theirs: Any, name: str) -> list[str]:
    """Names of the values that are not equal bit by bit."""
    if isinstance(theirs, torch.Tensor):
        return [] if isinstance(ours, torch.Tensor) and torch.equal(ours, theirs) else [name]
    if isinstance(theirs, dict) and isinstance(ours, dict) and ours.keys() == theirs.keys():
        return [line for key in theirs for line in compare(ours[key], theirs[key], f'{name}.{key}')]
    if isinstance(theirs, (list, tuple)) and isinstance(ours, (list, tuple)) and len(ours) == len(theirs):
        return [line for i, pair in enumerate(zip(ours, theirs)) for line in compare(*pair, f'{name}.{i}')]
    return [] if ours == theirs else [name]
