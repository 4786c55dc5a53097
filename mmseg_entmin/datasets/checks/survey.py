# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The data check at the start of every training."""
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.logging import print_log

from .lists import check_lists, list_stems
from .look_through import check_data
from .problem import problem_lines, refuse

DEFAULT_SECONDS = 10.
MOST_UNLABELED = 1000  # enough to meet, in 19 of 20 cases, a fault that 3 of 1,000 images have
ALL, OFF = 'all', 'off'


@dataclass
class Surveyed:
    """What is known of the training data before its dataset is built."""

    read_list: Callable[[str], list[str]] = list_stems  # reads each list once
    files: bool = False  # whether lists, files and pipelines have been checked
    masks: set[str] = field(default_factory=set)  # paths of the checked masks


def parse_extent(value: str | float) -> float | None:
    """Time limit in seconds: a number, None for 'all', 0 for 'off'. Raises ValueError for anything else."""
    if value in (ALL, OFF):
        return None if value == ALL else 0.
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1.
    if not seconds >= 0:
        raise ValueError(f"check_data={value!r}: give a number of seconds, '{ALL}' or '{OFF}'")
    return seconds


def refuse_lists(cfg: Config, read_list: Callable = list_stems) -> None:
    """Raises if a list of the training or the validation is missing or broken, before a network is built."""
    for split in ('train', 'val'):
        refuse(check_lists(cfg.get(f'{split}_dataloader'), read_list))


def survey(cfg: Config, extent: str | float | None = None, read_list: Callable = list_stems) -> Surveyed:
    """Checks the data of a training in the first process; logs warnings and raises ValueError for errors.

    `extent` is a time limit in seconds, 'all' or 'off'. Default: `check_data` of the config, else 10 seconds.
    """
    seconds = parse_extent(cfg.get('check_data', DEFAULT_SECONDS) if extent is None else extent)
    if seconds == 0 or not is_main_process():
        return Surveyed(read_list)
    report = check_data(cfg, seconds, ('train', 'val'), read_list=read_list,
                        unlabeled=None if seconds is None else MOST_UNLABELED)
    for line in problem_lines(report.warnings, limit=3):
        print_log(line, logger='current', level=logging.WARNING)
    if report.errors:
        others = len(report.errors) - 1
        raise ValueError(str(report.errors[0])
                         + (f' (and {others} more; entmin check-data lists all)' if others else ''))
    looked = '' if seconds is None else '; entmin check-data --full looks at all'
    print_log(f'data: {report.summary()}{looked}', logger='current', level=logging.INFO)
    return Surveyed(read_list, files=True, masks=report.masks)
