# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Looks for what is wrong with a data set: ``entmin check-data CONFIG [options]``."""
import json
import sys
from argparse import Namespace

from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from mmseg_entmin.config.read_config import read_config
from mmseg_entmin.datasets.checks import Report, check_data, problem_lines
from mmseg_entmin.errors import errors_as_lines

FOUND_STATUS = 3  # argparse ends with 2, a mistake with 1
COLORS = dict(error='bold red', warning='yellow')


def print_report(report: Report, limit: int) -> None:
    """Prints a line for each set, each problem and the sum; red and yellow on a terminal."""
    console = Console(soft_wrap=True, highlight=False)
    for line in report.coverage_lines():
        console.print(Text(line))
    for line in problem_lines(report.problems, limit):
        severity, rest = line.split(':', 1)
        console.print(Text.assemble((severity, COLORS[severity]), f':{rest}'))
    console.print(Text(report.summary(), style='bold'))


@errors_as_lines()
def main(args: Namespace) -> None:
    if args.limit < 0 or not args.seconds >= 0:
        raise ValueError(f'--limit {args.limit} --seconds {args.seconds:g}: must not be negative')
    cfg = read_config(args.config, args.data_root, args.cfg_options)
    if not any(cfg.get(f'{split}_dataloader') for split in args.splits):
        raise ValueError(f"config '{args.config}' has none of "
                         f"{', '.join(f'{split}_dataloader' for split in args.splits)}, so there is nothing to check")
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task('images')
        report = check_data(cfg, None if args.full else args.seconds, args.splits,
                            lambda count, total: bar.update(task, completed=count, total=total))
    if args.json:
        print(json.dumps(report.to_dict(), indent=1))
    else:
        print_report(report, args.limit)
    if report.errors or (args.strict and report.warnings):
        sys.exit(FOUND_STATUS)
