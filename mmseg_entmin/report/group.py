# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs of one config and several seeds."""
import inspect
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.runner import Runner

from mmseg_entmin.walk import dicts, keyed_dicts

from .work_dir import Run

# What may differ between runs of one experiment.
INCIDENTAL = ('cfg', 'work_dir', 'load_from', 'resume', 'launcher', 'log_level', 'experiment_name', 'randomness',
              'visualizer', 'env_cfg')
NOT_METRICS = ('step', 'iter', 'epoch', 'time', 'data_time')


@dataclass
class Group:
    """One experiment: its runs by seed, its config by dotted keys, and its number, which selects its color."""

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
        """The run whose predictions the page shows: the first."""
        return self.runs[0]

    def metrics(self) -> dict[str, list[float]]:
        """The metrics of the last validation, by name: one value for each run that has it."""
        found: dict[str, list[float]] = {}
        for record in (run.val[-1] for run in self.runs if run.val):
            for key, value in record.items():
                if key not in NOT_METRICS and isinstance(value, (int, float)):
                    found.setdefault(key, []).append(value)
        return found

    def class_metrics(self) -> dict[str, dict[str, list[float]]]:
        """The same values for each class, by metric and class."""
        found: dict[str, dict[str, list[float]]] = {}
        for run in self.runs:
            for name, values in run.classes.items():
                for metric, value in values.items():
                    found.setdefault(metric, {}).setdefault(name, []).append(value)
        return found


def group_runs(runs: Sequence[Run]) -> list[Group]:
    """Groups in the order of their first runs. Runs of one name are renamed by their last two folders."""
    names = [run.name for run in runs]
    for run in runs:
        if names.count(run.name) > 1:
            run.name = '/'.join(run.path.resolve().parts[-2:])
    groups: list[Group] = []
    for run in runs:
        settings = flatten(run.config)
        same = [group for group in groups if without_data_root(group.settings) == without_data_root(settings)]
        if same:
            same[0].runs.append(run)
        else:
            groups.append(Group([run], settings, len(groups)))
    for group in groups:
        group.runs.sort(key=lambda run: (run.seed is None, run.seed or 0))
    return groups


def flatten(config: Config) -> dict[str, Any]:
    """The keys of a config that the Runner takes, dotted, without those that may differ between runs."""
    keys = [key for key in inspect.signature(Runner.__init__).parameters if key not in INCIDENTAL]
    settings = {key: config[key] for key in keys if config.get(key) is not None}
    return {f'{key}.{name}' if key else name: tuple(value) if isinstance(value, list) else value
            for key, node in keyed_dicts(settings) for name, value in node.items() if not any(dicts(value))}


def without_data_root(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if not key.endswith('data_root')}


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Mean, and the standard deviation of several values; a dash without a value."""
    if not values:
        return '–'
    mean = f'{np.mean(values):.{digits}f}'
    return mean if len(values) == 1 else f'{mean} ± {np.std(values, ddof=1):.{digits}f}'


def difference(values: Sequence[float], reference: Sequence[float]) -> str | None:
    """Difference of the means, with its sign; None if a side is empty. A NaN makes it NaN."""
    if not values or not reference:
        return None
    return f'{np.mean(values) - np.mean(reference):+.2f}'
