# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Looks for what is wrong with a data set: ``python tools/check_data.py CONFIG [options]``.

CONFIG is any mmseg config. Lists and the existence of files are checked in full; images and masks are opened as the
config's pipelines would, for 10 seconds and spread evenly over each set, or all of them with --full.
"""
import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from mmseg_entmin.cli.common import UsageError, read_config
from mmseg_entmin.cli.data_check import DEFAULT_SECONDS
from mmseg_entmin.config.cfg_options import CfgOptions, apply_options
from mmseg_entmin.datasets.checks import Report, check_data, coverage_lines, problem_lines, summary
from mmseg_entmin.datasets.checks.source import SPLITS

FOUND_STATUS = 3  # argparse ends with 2, a mistake with 1
COLORS = dict(error='bold red', warning='yellow')


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter,
        epilog=f'Exit status: 0; 1 for a mistake; {FOUND_STATUS} if there is an error in the data.')
    parser.add_argument('config', metavar='CONFIG', help='config file')
    parser.add_argument('--data-root', metavar='DIR', help='folder of the data set, in place of every data_root')
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument('--full', action='store_true', help='open all images and masks')
    extent.add_argument('--seconds', type=float, default=DEFAULT_SECONDS, metavar='S',
                        help='open images for so long (default: %(default)g)')
    parser.add_argument('--splits', nargs='+', choices=SPLITS, default=SPLITS,
                        help='whose dataloaders to look at (default: all)')
    parser.add_argument('--limit', type=int, default=5, metavar='N',
                        help='lines for each kind of problem, 0 for all (default: %(default)s)')
    parser.add_argument('--json', action='store_true', help='print everything as JSON')
    parser.add_argument('--strict', action='store_true', help='take warnings for errors in the exit status')
    parser.add_argument('--cfg-options', nargs='+', action=CfgOptions, help='settings that override the config')
    args = parser.parse_args(argv)
    if args.limit < 0 or not args.seconds >= 0:
        raise UsageError(f'--limit {args.limit} --seconds {args.seconds:g}: must not be negative')
    return args


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None] | None]:
    """What ``check_data`` calls for each image: a bar on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task('images')
        yield lambda count, total: bar.update(task, completed=count, total=total)


def print_report(report: Report, limit: int) -> None:
    """One line for each set, one for each problem, one for all; red and yellow on a terminal."""
    console = Console(soft_wrap=True, highlight=False)
    for line in coverage_lines(report):
        console.print(Text(line))
    for line in problem_lines(report.problems, limit):
        severity, rest = line.split(':', 1)
        console.print(Text.assemble((severity, COLORS[severity]), f':{rest}'))
    console.print(Text(summary(report), style='bold'))


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    cfg = read_config(args.config, args.data_root)
    apply_options(cfg, args.cfg_options)
    if not any(cfg.get(f'{split}_dataloader') for split in args.splits):
        raise UsageError(f"config '{args.config}' has none of "
                         f"{', '.join(f'{split}_dataloader' for split in args.splits)}, so there is nothing to check")
    with progress_bar() as progress:
        report = check_data(cfg, None if args.full else args.seconds, args.splits, progress)
    if args.json:
        print(json.dumps(report.to_dict(), indent=1))
    else:
        print_report(report, args.limit)
    if report.errors or (args.strict and report.warnings):
        sys.exit(FOUND_STATUS)
