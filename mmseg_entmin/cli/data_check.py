# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The look at the data that every training starts with."""
import logging

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.logging import print_log

from mmseg_entmin.datasets.checks import check_data, check_lists, problem_lines, summary
from mmseg_entmin.errors import UsageError

DEFAULT_SECONDS = 10.
ALL, OFF = 'all', 'off'


def parse_extent(value: str | float) -> float | None:
    """Seconds to spend on opening images: a number, None for 'all', 0 for 'off'.

    Raises:
        ValueError: If it is anything else.
    """
    if value in (ALL, OFF):
        return None if value == ALL else 0.
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1.
    if not seconds >= 0:
        raise ValueError(f"check_data={value!r}: give a number of seconds, '{ALL}' or '{OFF}'")
    return seconds


def refuse_lists(cfg: Config) -> None:
    """Refuses a missing or empty list of the training or the validation, before a network is built.

    Raises:
        UsageError: With the first one.
    """
    for split in ('train', 'val'):
        for problem in check_lists(cfg.get(f'{split}_dataloader')):
            raise UsageError(str(problem))


def check_training_data(cfg: Config, extent: str | float | None = None) -> None:
    """Looks through the data of a training: warnings are logged, an error ends the program. Done by one process.

    Args:
        cfg: a complete config; its ``check_data`` says how much to look at where ``extent`` does not.
        extent: seconds after which no further image is opened, 'all' or 'off'. Default: 10 seconds.

    Raises:
        UsageError: If there is an error in the data, with the first one and the number of the others.
    """
    try:
        seconds = parse_extent(cfg.get('check_data', DEFAULT_SECONDS) if extent is None else extent)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if seconds == 0 or not is_main_process():
        return
    report = check_data(cfg, seconds, splits=('train', 'val'))
    for line in problem_lines(report.warnings, limit=3):
        print_log(line, logger='current', level=logging.WARNING)
    if report.errors:
        others = len(report.errors) - 1
        raise UsageError(str(report.errors[0])
                         + (f' (and {others} more; tools/check_data.py lists all)' if others else ''))
    looked = '' if seconds is None else '; tools/check_data.py --full looks at all'
    print_log(f'data: {summary(report)}{looked}', logger='current', level=logging.INFO)
