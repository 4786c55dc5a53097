# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs of one config and several seeds."""
import inspect
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.runner import Runner

from .work_dir import Run

# What may differ between runs of one experiment.
INCIDENTAL = ('cfg', 'work_dir', 'load_from', 'resume', 'launcher', 'log_level', 'experiment_name', 'randomness',
              'visualizer', 'env_cfg')
NOT_METRICS = ('step', 'iter', 'epoch', 'time', 'data_time')


@dataclass
class Group:
    """One experiment.

    Attributes:
        runs: its runs, by seed.
        settings: what its config says, by dotted keys.
        place: its number, which its colour follows.
    """

    runs: list[Run]
    settings: dict[str, Any]
    place: int

    @property
    def name(self) -> str:
        if len(self.runs) == 1:
            return self.runs[0].name
        common = os.path.commonprefix([run.name for run in self.runs])
        return re.sub(r'[-_.]*(seed)?[-_.]*$', '', common) or self.runs[0].name

    @property
    def shown(self) -> Run:
        """The run whose predictions are shown: the first."""
        return self.runs[0]

    def metrics(self) -> dict[str, list[float]]:
        """Each metric of the last validation, one value a run that has it."""
        return collect(run.val[-1] for run in self.runs if run.val)

    def class_metrics(self) -> dict[str, dict[str, list[float]]]:
        """The same by class: metric, class, values."""
        found: dict[str, dict[str, list[float]]] = {}
        for run in self.runs:
            for name, values in run.classes.items():
                for metric, value in values.items():
                    found.setdefault(metric, {}).setdefault(name, []).append(value)
        return found


def collect(records) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for record in records:
        for key, value in record.items():
            if key not in NOT_METRICS and isinstance(value, (int, float)):
                found.setdefault(key, []).append(value)
    return found


def group_runs(runs: Sequence[Run]) -> list[Group]:
    """Groups in the order of their first runs; names of runs that are the same are made longer."""
    names = [run.name for run in runs]
    for run in runs:
        if names.count(run.name) > 1:
            run.name = '/'.join(run.path.resolve().parts[-2:])
    groups: list[Group] = []
    for run in runs:
        settings = flatten(run.config)
        group = next((group for group in groups if without_data_root(group.settings) == without_data_root(settings)),
                     None)
        if group is None:
            groups.append(Group([run], settings, len(groups)))
        else:
            group.runs.append(run)
    for group in groups:
        group.runs.sort(key=lambda run: (run.seed is None, run.seed or 0))
    return groups


def flatten(config: Config) -> dict[str, Any]:
    """What the Runner takes from a config, by dotted keys, without what is incidental to a run."""
    keys = [key for key in inspect.signature(Runner.__init__).parameters if key not in INCIDENTAL]
    return {key: value for name in keys if config.get(name) is not None for key, value in leaves(config[name], name)}


def without_data_root(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if not key.endswith('data_root')}


def leaves(node: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and node:
        for key, child in node.items():
            yield from leaves(child, f'{name}.{key}')
    elif isinstance(node, (list, tuple)) and any(isinstance(child, dict) for child in node):
        for number, child in enumerate(node):
            yield from leaves(child, f'{name}.{number}')
    else:
        yield name, tuple(node) if isinstance(node, list) else node


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Mean, and standard deviation if there are several; a dash without any."""
    if not values:
        return '–'
    mean = f'{np.mean(values):.{digits}f}'
    return mean if len(values) == 1 else f'{mean} ± {np.std(values, ddof=1):.{digits}f}'


def difference(values: Sequence[float], reference: Sequence[float]) -> str | None:
    """Of the means, with its sign; None if there is nothing to compare. A mean with a NaN is NaN."""
    if not values or not reference:
        return None
    return f'{np.mean(values) - np.mean(reference):+.2f}'
