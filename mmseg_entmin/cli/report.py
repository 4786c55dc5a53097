# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes one page about trainings: ``python tools/report.py WORK_DIR... [--out report.html]``.

Curves, metrics by class, predictions beside each other, calibration, cost, settings and environment, in one HTML file
that needs nothing else. The first work dir is what the others are compared with; runs of one config and several seeds
are one row, mean and standard deviation. Work dirs of mmseg's own tools, and of trainings that were interrupted or
still run, do as well.
"""
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from mmseg_entmin.apis.checks import check_device
from mmseg_entmin.atomic import write_atomic
from mmseg_entmin.cli import prediction as tool
from mmseg_entmin.errors import UsageError
from mmseg_entmin.report import make_report


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('work_dirs', nargs='+', type=Path, metavar='WORK_DIR', help='folder of a training')
    parser.add_argument('--out', type=Path, default=Path('report.html'), metavar='FILE',
                        help='page to write (default: %(default)s)')
    parser.add_argument('--data-root', metavar='DIR', help='folder of the test images and masks, in place of every '
                        'data_root of the configs; without data the rest of the page is made')
    parser.add_argument('--no-test', action='store_true', help='only what the logs say: no predictions, no calibration')
    parser.add_argument('--title', help='title of the page (default: the names of the runs)')
    parser.add_argument('--device', help="to test on, like 'cpu' or 'cuda:0' (default: the GPU if there is one)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    if args.data_root is not None and not Path(args.data_root).is_dir():
        raise UsageError(f"--data-root '{args.data_root}' is not a folder")
    if args.out.is_dir():
        raise UsageError(f"--out '{args.out}' is a folder; name the page to write, like {args.out / 'report.html'}")
    if args.device:
        check_device(args.device)
    report = make_report(
        args.work_dirs, args.data_root, args.device, not args.no_test, args.title, tool.progress,
        lambda text: print(text, file=sys.stderr))
    page = report.html()
    write_atomic(page.encode(), args.out)
    for text in report.missing:
        print(f'missing: {text}', file=sys.stderr)
    print(args.out)
