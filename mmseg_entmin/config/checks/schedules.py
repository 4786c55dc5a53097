# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Schedules of the learning rate or momentum that do not fit the length of the training."""
from collections.abc import Iterator
from typing import Any, NamedTuple

from mmengine.config import Config

from mmseg_entmin.walk import type_name

FOREVER = int(1e9)  # MMEngine's INF
DECAYS = ('Poly', 'CosineAnnealing', 'OneCycle', 'CosineRestart', 'Linear')
BY_METRIC = 'ReduceOnPlateau'  # steps after each validation, in any loop
SUFFIXES = ('LR', 'Momentum', 'ParamScheduler')


class Length(NamedTuple):
    """How long a training is, in iterations or epochs."""
    key: str
    total: int
    unit: str


def check_schedules(cfg: Config) -> Iterator[str]:
    """One line for each schedule that never moves or that ends at rate 0 too early, and for lengths below 1."""
    length, loop = length_of(cfg), cfg.get('train_cfg') or {}
    for name in ('max_iters', 'max_epochs', 'val_interval'):
        if isinstance(loop.get(name), (int, float)) and (loop[name] < 1 or loop[name] % 1):
            yield f'train_cfg.{name}={loop[name]}: give a whole number, 1 or more'
    for key, node in schedules(cfg.get('param_scheduler')):
        if node.get('begin', 0) < 0 or node.get('end', 1) is None or isinstance(node.get('milestones'), int):
            yield f'{key}: {type_name(node)} needs begin >= 0, a number as end, and a list of milestones'
            return
        if (length is not None and length.unit == 'iterations' and node.get('by_epoch', True)
                and not node.get('convert_to_iter_based') and kind_of(node)[0] != BY_METRIC):
            yield (f'{key}.by_epoch={node.get("by_epoch", True)}: {type_name(node)} counts epochs, but {length.key} '
                   'counts iterations, so the value would never change; set by_epoch=False, and begin and end in '
                   'iterations')
    yield from (line for line, useless in disagreements(cfg) if useless)


def schedule_warnings(cfg: Config) -> Iterator[str]:
    """One line for each other schedule that does not fit the length of the training."""
    yield from (line for line, useless in disagreements(cfg) if not useless)


def disagreements(cfg: Config) -> Iterator[tuple[str, bool]]:
    """A line for each schedule that ends too early or is cut off, and whether the rate is 0 afterwards."""
    length = length_of(cfg)
    fitting = [(key, node) for key, node in schedules(cfg.get('param_scheduler'))
               if length is not None and bool(node.get('by_epoch', True)) == (length.unit == 'epochs')
               and kind_of(node)[0] != BY_METRIC]
    for key, node in fitting:
        kind, begin, end = kind_of(node), node.get('begin', 0), end_of(node, length)
        others = [other for _, other in fitting if other is not node and kind_of(other)[1] == kind[1]]
        if begin >= length.total:
            yield (f'{key}.begin={begin}: {type_name(node)} would never start, as the training ends at '
                   f'{length.key}={length.total}; give a smaller begin'), False
        elif kind[0] in DECAYS:
            yield from ((line, zero and kind[1] == 'LR') for line, zero in decay(key, node, begin, end, length, others))
        yield from unreached(key, node, begin, end, length)


def decay(key: str, node: dict, begin: int, end: int, length: Length, others: list[dict]) -> Iterator[tuple[str, bool]]:
    """A line if one schedule ends before the training or after it, and whether the rate is 0 afterwards."""
    name, kind = type_name(node), kind_of(node)[0]
    option = dict(CosineAnnealing='T_max', OneCycle='total_steps', CosineRestart='periods').get(kind)
    steps = node.get(option)
    goal = min(end, begin + (sum(steps) if isinstance(steps, (list, tuple)) else steps)) if steps else end
    remedy = f'set {option if steps else "end"}' + f'={length.total}' * (kind != 'CosineRestart')
    rises = kind == 'CosineAnnealing' and goal < end  # after T_max
    # OneCycle: 1 / final_div_factor, 1e-4, of a start of lr / 25
    final = dict(Linear=node.get('end_factor', 1.), OneCycle=0., CosineRestart=None).get(
        kind, node.get('eta_min') or node.get('eta_min_ratio') or 0.)
    after = 'rise again' if rises else 'be 0' if final == 0 else 'stay at its last one'
    goes_on = after != 'be 0' and any(end_of(other, length) > goal for other in others)  # schedules multiply
    if goal < length.total and not goes_on and not is_warmup(node):
        rest = f'{length.total - goal} of {length.total} {length.unit}'
        yield (f'{key}: {name} ends at {goal}, but the training at {length.key}={length.total}: for the last {rest} '
               f'the value would {after}; {remedy} (now {goal})'), after == 'be 0'
    elif goal > length.total:
        yield (f'{key}: {name} ends at {goal}, but the training ends at {length.key}={length.total}, before '
               f'{"the warm-up is over" if is_warmup(node) else "the value has come down"}; {remedy}'), False


def unreached(key: str, node: dict, begin: int, end: int, length: Length) -> Iterator[tuple[str, bool]]:
    """Lines for milestones and steps after the end."""
    last = min(end, length.total)
    late = [step for step in node.get('milestones') or () if begin + step >= last]
    if late:
        yield (f'{key}.milestones: {type_name(node)} would never reach {late}, as '
               + (f'the training ends at {length.key}={length.total}' if last == length.total else f'it ends at {end}')
               + '; give smaller ones'), False
    size = node.get('step_size')
    if isinstance(size, int) and begin + size >= last:
        yield (f'{key}.step_size={size}: {type_name(node)} would never take a step before {last}, where '
               f'{"the training" if last == length.total else "it"} ends; give a smaller one'), False


def is_warmup(node: dict) -> bool:
    """Whether a schedule goes from a share of the rate to all of it."""
    return kind_of(node)[0] in ('Linear', 'Constant') and node.get('end_factor', 1.) == 1.


def short_warmup(node: dict) -> bool:
    """Whether a warm-up has less than two steps: MMEngine 0.10 would never leave its start value."""
    return (is_warmup(node) and (node.get('end') or FOREVER) - node.get('begin', 0) < 2
            and not node.get('convert_to_iter_based'))


def end_of(node: dict, length: Length) -> int:
    """Where a schedule ends: without `end`, MMEngine's runner sets the end of the training."""
    return min(node.get('end') or length.total, FOREVER)


def without_short_warmups(param_scheduler: Any) -> Any:
    """The schedules (a dict, a list, or a dict of these by optimizer) without None and warm-ups below two steps."""
    if isinstance(param_scheduler, dict) and 'type' not in param_scheduler:
        return {name: without_short_warmups(part) for name, part in param_scheduler.items()}
    if isinstance(param_scheduler, (list, tuple)):
        return [node for node in param_scheduler if node and not short_warmup(node)]
    return [] if isinstance(param_scheduler, dict) and short_warmup(param_scheduler) else param_scheduler


def drop_short_warmups(cfg: Config) -> list[str]:
    """Removes warm-ups of less than two steps from a config, in place; returns a line for each."""
    short = [(key, node) for key, node in schedules(cfg.get('param_scheduler')) if short_warmup(node)]
    if cfg.get('param_scheduler'):
        cfg.param_scheduler = without_short_warmups(cfg._cfg_dict['param_scheduler']) or None
    return [f'{key}: {type_name(node)} warms up for less than two steps, and MMEngine would stay at its start for the '
            'whole training; it is left out' for key, node in short]


def length_of(cfg: Config) -> Length | None:
    """The length of the training; None if the config has none."""
    loop = cfg.get('train_cfg') or {}
    found = [Length(f'train_cfg.{name}', int(loop[name]), unit) for name, unit in dict(
        max_iters='iterations', max_epochs='epochs').items() if isinstance(loop.get(name), (int, float))]
    return found[0] if found else None


def schedules(node: Any, key: str = 'param_scheduler') -> Iterator[tuple[str, dict]]:
    """Key and dict of each schedule: one, a list, or lists by the name of an optimizer."""
    if isinstance(node, (list, tuple)):
        for index, part in enumerate(node):
            yield from schedules(part, f'{key}[{index}]')
    elif isinstance(node, dict) and 'type' in node:
        yield key, node
    elif isinstance(node, dict):
        for name, part in node.items():
            yield from schedules(part, f'{key}.{name}')


def kind_of(node: dict) -> tuple[str, str]:
    """The shape of a schedule and what it changes: 'Poly' and 'LR' for ``PolyLR``."""
    name = type_name(node) or ''
    suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), '')
    return name.removesuffix(suffix), suffix
