# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The two config files of a project, as text to read and to edit."""
from typing import NamedTuple

from mmengine.config import Config

from mmseg_entmin.config.overlay import custom_imports

from .schedule import Schedule

SUPERVISED = '''\
# {supervised}: the supervised baseline, on the {labeled} labeled images alone. Made from
# {base};
# yours to edit: {semi} inherits all of it.
default_scope = 'mmseg'
custom_imports = {custom_imports}

# ---- data: {labeled} images with masks to train on, {val} to judge by
data_root = {root!r}
images = {images!r}
metainfo = dict(
    classes={classes!r},
    palette={palette!r})
crop_size = ({side}, {side})
scale = ({long}, {side})  # images are resized to this short side; the long side is bounded by the larger number

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomResize', scale=scale, ratio_range=(0.75, 1.5), keep_ratio=True),
{turns}    dict(type='RandomCrop', crop_size=crop_size, cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs')
]
# Annotations are loaded after the resizing: the prediction is judged at the original size.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=scale, keep_ratio=True),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='TestTimeAug', transforms=[
        [dict(type='Resize', scale=scale, keep_ratio=True)],
        [dict(type='RandomFlip', prob=0., direction='horizontal'),
         dict(type='RandomFlip', prob=1., direction='horizontal')],
        [dict(type='LoadAnnotations')],
        [dict(type='PackSegInputs')]])
]
dataset = dict(
    type='BaseSegDataset', metainfo=metainfo, data_root=data_root, img_suffix={suffix!r}, seg_map_suffix='.png',
    data_prefix=dict(img_path=images, seg_map_path='masks'))
train_dataloader = dict(
    batch_size={batch},
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(dataset, ann_file='splits/labeled.txt', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(dataset, ann_file='splits/val.txt', pipeline=test_pipeline))
test_dataloader = val_dataloader
# nan_to_num: a class that is never predicted counts as 0 in mFscore, instead of dropping out of the mean.
val_evaluator = dict(type='ClassIoUMetric', iou_metrics=['mIoU', 'mFscore'], nan_to_num=0)
test_evaluator = val_evaluator

# ---- network
{model}
# ---- schedule: {iters} iterations of {batch} labeled images
{schedule}train_cfg = dict(type='IterBasedTrainLoop', max_iters={iters}, val_interval={val_interval})
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # The last checkpoint is the result: none is chosen by its score on the images that judge it.
    checkpoint=dict(type='CheckpointHook', by_epoch=False, interval={val_interval}, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='SegVisualizationHook'))

# ---- runtime
env_cfg = dict(
    cudnn_benchmark=True, mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0), dist_cfg=dict(backend='nccl'))
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='SegLocalVisualizer', vis_backends=vis_backends, name='visualizer')
log_processor = dict(by_epoch=False)
log_level = 'INFO'
load_from = {load_from!r}
resume = False
randomness = dict(seed=0)
tta_model = dict(type='SegTTAModel')
'''

SEMI_SUPERVISED = '''\
# {semi}: the same network and schedule, and the {unlabeled} unlabeled images as well.
_base_ = {inherited!r}
from mmseg_entmin.config import semi_supervised
model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(_base_, unlabeled='splits/unlabeled.txt')
'''

# For images without an up and down; the void corners of a turned image are not trained on.
TURNS = '''\
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomRotate', prob=1., degree=180, pad_val=0, seg_pad_val=255),
'''


class Texts(NamedTuple):
    """The two config files."""

    supervised: str
    semi_supervised: str


def config_texts(cfg: Config, *, semi: str, supervised: str, any_orientation: bool, side: int,
                 schedule: Schedule, model: dict, load_from: str | None, **values) -> Texts:
    """Fills both files; ``values`` are what the data section shows."""
    rest = {key: cfg[key] for key in ('optim_wrapper', 'custom_hooks') if cfg.get(key)}
    values.update(
        semi=semi, supervised=supervised, inherited=f'./{supervised}', side=side, long=4 * side,
        turns=TURNS if any_orientation else '',
        batch=schedule.batch, iters=schedule.iters, val_interval=max(1, schedule.iters // 4), load_from=load_from,
        custom_imports=dict_text(custom_imports(cfg.get('custom_imports') or {})),
        model=section(dict(model=model)),
        schedule=section(dict(rest, param_scheduler=schedule.param_scheduler)))
    return Texts(SUPERVISED.format(**values), SEMI_SUPERVISED.format(**values))


def dict_text(node: dict) -> str:
    return f"dict({', '.join(f'{key}={value!r}' for key, value in node.items())})"


def section(part: dict) -> str:
    """A part of a config as Python text."""
    return Config(part).pretty_text


def names(project: str) -> list[str]:
    """File names of the supervised and of the semi-supervised config of a project."""
    return [f'{project}_supervised.py', f'{project}_semi.py']
