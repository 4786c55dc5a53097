# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What trains, but not as one would expect of its name."""
from collections.abc import Iterator

from mmengine.config import Config

from mmseg_entmin.walk import dict_at, keyed_dicts, type_name

DECAY = 0.99  # of a teacher, by default


def unexpected(cfg: Config) -> Iterator[str]:
    """One line for each Dice loss of mmseg's, and for averages of weights that gradient accumulation speeds up."""
    for key, node in keyed_dicts(cfg.get('model'), 'model'):
        if type_name(node) == 'DiceLoss' and '.loss_' in key:
            yield (f"{key}: mmseg's DiceLoss takes one Dice over all classes together, which the largest class "
                   "decides, and counts predictions at ignored pixels; take dict(type='ClassDiceLoss')")
    count = dict_at(cfg, 'optim_wrapper').get('accumulative_counts') or 1
    if not isinstance(count, int) or count < 2:
        return
    hooks = ('custom_hooks', 'default_hooks')
    for key, node in (found for name in hooks for found in keyed_dicts(cfg.get(name), name)):
        if type_name(node) == 'EMAHook' and (node.get('interval') or 1) % count:
            yield (f'{key}: EMAHook averages after every forward pass, but with accumulative_counts={count} the '
                   f'weights change after every {count}; set interval={count}')
    teacher = dict_at(cfg, 'model.teacher')
    if type_name(dict_at(cfg, 'model')) == 'EntMinConsistency' or teacher:
        decay = teacher.get('decay', DECAY)
        if isinstance(decay, float) and 0 < decay < 1:
            yield (f'model.teacher.decay={decay:g} is applied after every forward pass, of which '
                   f'accumulative_counts={count} make a step; {decay**(1 / count):.5g} is {decay:g} a step')
