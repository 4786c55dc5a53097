# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Optimizers and schedules of a checkpoint that differ from the config: MMEngine uses the checkpoint's, or fails."""
import inspect
from collections.abc import Iterable
from typing import Any

from mmengine.optim import OptimWrapper, OptimWrapperDict

from mmseg_entmin.errors import Refusal

PLAIN = (int, float, str, tuple, list, dict, type(None))  # values that can be compared
COUNTERS = {'last_step', 'verbose'}  # arguments of a schedule that are not compared
SHOWN = 5


class OtherTraining(Refusal, ValueError):
    """A checkpoint of a training with another optimizer or schedule."""


def other_options(optim_wrapper: OptimWrapper, schedulers: list | dict | None, checkpoint: dict,
                  path: str | None) -> list[str]:
    """'key=value (config: value)' for each option of an optimizer or schedule that differs in a checkpoint.
    `OtherTraining` for other optimizers, parameter groups or numbers of schedules, which its state does not fit."""
    if 'optimizer' not in checkpoint or not isinstance(optim_wrapper, OptimWrapper):  # strategies have other states
        return []
    try:
        found = optimizer_options(optim_wrapper, checkpoint['optimizer'])
        if schedulers is not None:
            found.update(schedule_options(by_key(schedulers), by_key(checkpoint.get('param_schedulers') or [])))
    except ValueError as error:
        raise OtherTraining(
            f"checkpoint '{path}' is of a training with another optimizer or schedule: {error}; give the config that "
            'it was trained with, or start a new training from its weights with --cfg-options load_from=...') from None
    return [f'{key}={text}' for key, text in sorted(found.items())]


def optimizer_options(optim_wrapper: OptimWrapper, state: dict) -> dict[str, str]:
    """The options of one or several optimizers that differ; ValueError if the optimizers do."""
    several = isinstance(optim_wrapper, OptimWrapperDict)
    built = {f'optim_wrapper.{name}': part for name, part in optim_wrapper.items()} if several else {
        'optim_wrapper': optim_wrapper}
    saved = {'optim_wrapper': state} if 'param_groups' in state else {
        f'optim_wrapper.{name}': part for name, part in state.items()}
    if built.keys() != saved.keys():
        raise ValueError(f"it has {', '.join(saved)}, and the config {', '.join(built)}")
    found: dict[str, str] = {}
    for key, wrapper in built.items():
        mine, theirs = wrapper.optimizer.param_groups, saved[key]['param_groups']
        sizes = [[len(group['params']) for group in groups] for groups in (theirs, mine)]
        if sizes[0] != sizes[1]:
            raise ValueError(f'{key} has parameters in groups of {sizes[0][:SHOWN]}, and the config in groups of '
                             f'{sizes[1][:SHOWN]}')
        alien = sorted(name for name in theirs[0].keys() - mine[0].keys() if not name.startswith('initial_'))
        if alien and mine[0].keys() - theirs[0].keys():  # a single one may come from another version of PyTorch
            raise ValueError(f'{key}.optimizer has {alien[0]}, which {type(wrapper.optimizer).__name__} has not')
        for group, other in zip(mine, theirs):
            options = [name for name in group.keys() - {'params'} if f'initial_{name}' not in group]  # not scheduled
            compare(f'{key}.optimizer', group, other, options, found)
    return found


def schedule_options(built: dict[str, Any], saved: dict[str, dict]) -> dict[str, str]:
    """The options of schedules that differ; ValueError if their numbers do."""
    if built.keys() != saved.keys():
        raise ValueError(f'it has {len(saved)} schedules in param_scheduler, and the config {len(built)}')
    found: dict[str, str] = {}
    for key, scheduler in built.items():
        options = {name for base in type(scheduler).__mro__ for name in inspect.signature(base.__init__).parameters}
        compare(key, vars(scheduler), saved[key], options - COUNTERS, found)
    return found


def by_key(schedulers: list | dict) -> dict[str, Any]:
    """Schedules or their states by key in the config."""
    lists = schedulers if isinstance(schedulers, dict) else {'': schedulers}
    return {f"param_scheduler{name and '.'}{name}[{index}]": scheduler
            for name, part in lists.items() for index, scheduler in enumerate(part)}


def compare(key: str, mine: dict, theirs: dict, options: Iterable[str], found: dict[str, str]) -> None:
    """Notes options that differ; of several parameter groups the first."""
    for name in options:
        if name in mine and name in theirs and isinstance(theirs[name], PLAIN) and theirs[name] != mine[name]:
            text = f'{theirs[name]!r} (config: {mine[name]!r})'
            found.setdefault(f"{key}.{name.removeprefix('initial_')}", text)
