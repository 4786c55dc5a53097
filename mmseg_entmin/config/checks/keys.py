# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Keys that MMEngine and mmseg read from plain dicts, where a misspelt key would silently have no effect."""
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner, set_random_seed
from torch.utils.data import DataLoader

from mmseg_entmin.models.ema_teacher import EMATeacher
from mmseg_entmin.models.ramp_up import RampUp
from mmseg_entmin.models.segmentors.class_refinement import ClassRefinement
from mmseg_entmin.models.views import CutMix, PhotometricAugmentation
from mmseg_entmin.walk import dict_at, keyed_dicts

from .components import check_options
from .signature import signature_of
from .spelling import near_miss

# Keys that this package and MMEngine read at the top of a config, beside the options of the Runner. (`data_root` and
# `dataset_type` are variables, and `data_root2` may be one of a second data set.)
TOP_LEVEL = {'custom_imports', 'tta_model', 'tta_pipeline', 'vis_backends', 'runner_type', 'check_data', 'cache_mib',
             'fast', 'model_wrapper_cfg', 'find_unused_parameters', 'sync_bn', 'compile', 'strategy',
             'efficient_conv_bn_eval', 'activation_checkpointing'}
LOADER_EXTRAS = ('dataset', 'sampler', 'batch_sampler', 'collate_fn', 'worker_init_fn', 'num_batch_per_epoch')
DEFAULT_HOOKS = dict(  # of MMEngine
    runtime_info=dict(type='RuntimeInfoHook'), timer=dict(type='IterTimerHook'),
    sampler_seed=dict(type='DistSamplerSeedHook'), logger=dict(type='LoggerHook'),
    param_scheduler=dict(type='ParamSchedulerHook'), checkpoint=dict(type='CheckpointHook', interval=1))
# Dicts that may have other keys: only a near miss is a mistake.
LOOSE = {
    'env_cfg': {'cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'},
    'env_cfg.mp_cfg': {'mp_start_method', 'opencv_num_threads'}, 'default_hooks': {*DEFAULT_HOOKS, 'visualization'},
    'model.test_cfg': {'mode', 'crop_size', 'stride', 'class_refinement'}}
DATA_PREFIX = {'img_path', 'seg_map_path', 'depth_map_path', 'img_path2'}
# Options of segmentors, built without a ``type``.
OPTION_DICTS: dict[str, Callable] = {
    'model.ramp_up': RampUp, 'model.teacher': EMATeacher, 'model.strong_view': PhotometricAugmentation,
    'model.cutmix': CutMix, 'model.test_cfg.class_refinement': ClassRefinement, 'randomness': set_random_seed}


def known_keys() -> set:
    """The top-level keys of a config that are read."""
    return TOP_LEVEL | set(inspect.signature(Runner.__init__).parameters) - {'self'}


def check_keys(cfg: Config) -> Iterator[str]:
    """One line for each misspelt key."""
    yield from near_misses('', cfg._cfg_dict, known_keys())
    for key, names in LOOSE.items():
        yield from near_misses(f'{key}.', dict_at(cfg, key), names)
    for key, component in OPTION_DICTS.items():
        options = dict_at(cfg, key)
        yield from check_options(key, component.__name__, signature_of(component), options)
    loader = signature_of(DataLoader)
    loader = replace(loader, options={**loader.options, **dict.fromkeys(LOADER_EXTRAS)}, closed=True)
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if isinstance(cfg.get(key), dict):
            yield from check_options(key, 'DataLoader', loader, cfg[key])
            for path, node in keyed_dicts(cfg[key], key):
                yield from near_misses(f'{path}.data_prefix.', node.get('data_prefix'), DATA_PREFIX)


def near_misses(prefix: str, node: Any, known: set) -> Iterator[str]:
    """One line for each key that differs by a slip from a known one."""
    for name in node if isinstance(node, dict) else ():
        meant = None if name in known or not isinstance(name, str) else near_miss(name, known)
        if meant:
            yield f'{prefix}{name}: nothing reads this key; did you mean {prefix}{meant}?'
