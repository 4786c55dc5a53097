# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes one page about trainings: ``entmin report WORK_DIR... [--out report.html]``."""
import sys
from argparse import Namespace
from pathlib import Path

from mmseg_entmin.apis.inferencer import check_device
from mmseg_entmin.atomic import write_atomic
from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.report import make_report

from .image_run import progress


@errors_as_lines()
def main(args: Namespace) -> None:
    if args.data_root is not None and not Path(args.data_root).is_dir():
        raise ValueError(f"--data-root '{args.data_root}' is not a folder")
    if args.out.is_dir():
        raise ValueError(f"--out '{args.out}' is a folder; name the page to write, like {args.out / 'report.html'}")
    if args.device:
        check_device(args.device)
    report = make_report(args.work_dirs, args.data_root, args.device, not args.no_test, args.title, progress,
                         lambda text: print(text, file=sys.stderr), args.boundaries)
    write_atomic(report.html().encode(), args.out)
    for text in report.missing:
        print(f'missing: {text}', file=sys.stderr)
    print(args.out)
