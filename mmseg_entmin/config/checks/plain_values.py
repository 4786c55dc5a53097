# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Values that no constructor looks at: they would fail in the first step, or before the log begins."""
import logging
from collections.abc import Iterator
from numbers import Real

import torch
from mmengine.config import Config
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from mmseg_entmin.errors import one_line
from mmseg_entmin.walk import dict_at, keyed_dicts

CLIPS = dict(norm=clip_grad_norm_, value=clip_grad_value_)


def check_values(cfg: Config) -> Iterator[str]:
    """One line for each level of the log, padding value, custom key and clipping of gradients that cannot work."""
    level = cfg.get('log_level', 'INFO')
    if level not in logging.getLevelNamesMapping():
        yield f"log_level={level!r}: give one of {', '.join(logging.getLevelNamesMapping())}"
    preprocessor = dict_at(cfg, 'model.data_preprocessor')
    for name in ('pad_val', 'seg_pad_val'):
        if not isinstance(preprocessor.get(name, 0), Real):
            yield f'model.data_preprocessor.{name}={preprocessor[name]!r}: give one number'
    for key, node in keyed_dicts(cfg.get('optim_wrapper'), 'optim_wrapper'):
        custom = (node.get('paramwise_cfg') or {}).get('custom_keys')
        if custom is not None and not (isinstance(custom, dict) and all(isinstance(v, dict) for v in custom.values())):
            yield (f'{key}.paramwise_cfg.custom_keys={custom!r}: give a dict with the options of each part of the '
                   'network, like dict(backbone=dict(lr_mult=0.1))')
        if isinstance(node.get('clip_grad'), dict):
            yield from check_clip(f'{key}.clip_grad', node['clip_grad'])


def check_clip(key: str, node: dict) -> Iterator[str]:
    """One line if torch cannot clip a gradient so; it is tried on one number."""
    options = {name: value for name, value in node.items() if name not in ('type', '_delete_')}
    kind = node.get('type', 'norm')
    if kind not in CLIPS:
        yield f"{key}.type={kind!r}: give 'norm' or 'value'"
        return
    number = torch.nn.Parameter(torch.ones(1))
    number.grad = torch.ones(1)
    try:
        CLIPS[kind](number, **options)
    except (RuntimeError, TypeError, ValueError) as error:
        yield f'{key}: {CLIPS[kind].__name__} refuses {options}: {one_line(error)}'
