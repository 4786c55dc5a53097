# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The schedule of a config, scaled to a small data set."""
from typing import Any, NamedTuple

from mmengine.config import Config

from mmseg_entmin.config.checks.schedules import without_short_warmups
from mmseg_entmin.config.overlay import refuse_epochs
from mmseg_entmin.walk import plain

LABELED_PASSES, UNLABELED_PASSES = 200, 40
FEWEST = 1000
COUNTS = ('begin', 'end', 'T_max', 'total_iters', 'total_steps', 'step_size')


class Schedule(NamedTuple):
    """Length of the training, and the base's learning rates over it."""

    iters: int
    base_iters: int
    batch: int
    param_scheduler: list[dict]


def scaled(base: Config, labeled: int, unlabeled: int, batch: int | None = None,
           iters: int | None = None, longer: float = 1.) -> Schedule:
    """The base's schedule for this many labeled and unlabeled images.

    A batch has 4 labeled images, or as many as there are, and as many unlabeled ones. The default of `iters` is 200
    passes over the labeled or 40 over the unlabeled images, whichever is longer, at least 1,000 and at most as many as
    the base has; all three times `longer`. Raises ValueError for a base without iterations, a batch larger than a set,
    or `iters` below 1.
    """
    refuse_epochs(base)
    most = min(labeled, unlabeled)
    batch = min(4, most) if batch is None else batch
    if not 1 <= batch <= most:
        raise ValueError(f'--batch {batch}: there are {labeled} labeled and {unlabeled} unlabeled images to train on; '
                         f'give {"--batch 1" if most == 1 else f"1 to {most}"}')
    base_iters = base.train_cfg.get('max_iters')
    if not base_iters:
        raise ValueError("the base's train_cfg has no max_iters, by which its learning rates are scaled; set it, or "
                         'give another --base')
    if iters is None:
        wanted = max(FEWEST, LABELED_PASSES * labeled / batch, UNLABELED_PASSES * unlabeled / batch)
        iters = min(base_iters, hundreds(wanted))
        iters = iters if longer == 1 else hundreds(iters * longer)
    if iters < 1:
        raise ValueError(f'--iters {iters}: give 1 at least')
    return Schedule(iters, base_iters, batch, scale(base.get('param_scheduler') or [], iters, base_iters))


def hundreds(number: float) -> int:
    """The number, rounded up to hundreds."""
    return -(-int(number) // 100) * 100


def scale(schedulers: Any, iters: int, base_iters: int) -> list[dict]:
    """Schedulers with every count of iterations multiplied by `iters / base_iters`; too short warm-ups are dropped."""
    schedulers = plain(list(schedulers) if isinstance(schedulers, (list, tuple)) else [schedulers])
    for scheduler in schedulers:
        for key in COUNTS:
            if scheduler.get(key):
                scheduler[key] = max(1, round(scheduler[key] * iters / base_iters))
        for key in ('milestones', 'periods'):
            if key in scheduler:
                scheduler[key] = [max(1, round(count * iters / base_iters)) for count in scheduler[key]]
        scheduler['by_epoch'] = False
    return without_short_warmups(schedulers)
