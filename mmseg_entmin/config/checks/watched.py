# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names of metrics by which the best checkpoint is chosen or a training stops."""
from collections.abc import Iterator

from mmengine.config import Config

from mmseg_entmin.walk import dict_at, keyed_dicts, type_name

COUNTED = ('IoUMetric', 'ExactIoUMetric')
# What mmseg's IoUMetric returns, by its option `iou_metrics`.
RETURNED = dict(mIoU=('mIoU', 'mAcc'), mDice=('mDice', 'mAcc'), mFscore=('mFscore', 'mPrecision', 'mRecall'))


def check_watched(cfg: Config) -> Iterator[str]:
    """One line for each hook that waits for a metric that no validation returns."""
    returned = returned_metrics(cfg)
    if returned is None:
        return
    for place in ('default_hooks', 'custom_hooks'):
        for key, node in keyed_dicts(cfg.get(place), place):
            option = dict(CheckpointHook='save_best', SafeCheckpointHook='save_best',
                          EarlyStoppingHook='monitor').get(type_name(node))
            names = node.get(option) if option else None
            for name in names if isinstance(names, (list, tuple)) else [names]:
                if isinstance(name, str) and name not in ('auto', *returned):
                    yield f'{key}.{option}={name!r}: the validation returns {", ".join(returned)}; give one of them'


def returned_metrics(cfg: Config) -> list[str] | None:
    """The metrics of the validation; None where a metric is not mmseg's, or there is no validation."""
    evaluator = cfg.get('val_evaluator') or []
    metrics = [evaluator] if isinstance(evaluator, dict) else evaluator
    if not metrics or not dict_at(cfg, 'val_dataloader') or any(type_name(node) not in COUNTED for node in metrics):
        return None
    found = []
    for node in metrics:
        asked = node.get('iou_metrics', ['mIoU'])
        for name in ['aAcc', *(one for each in ([asked] if isinstance(asked, str) else asked)
                               for one in RETURNED.get(each, ()))]:
            found.append(f"{node['prefix']}/{name}" if node.get('prefix') else name)
    return list(dict.fromkeys(found))
