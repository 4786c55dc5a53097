# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Write one page about trainings.

Curves, metrics by class, predictions beside each other, calibration, cost, settings and environment, in one HTML file
that needs nothing else. The first work dir is what the others are compared with; runs of one config and several seeds
are one row, mean and standard deviation. Work dirs of mmseg's own tools, and of trainings that were interrupted or
still run, do as well.
"""
from pathlib import Path

from .parser import Parser


def add_arguments(parser: Parser) -> None:
    parser.add_argument('work_dirs', nargs='+', type=Path, metavar='WORK_DIR', help='folder of a training')
    parser.add_argument('--out', type=Path, default=Path('report.html'), metavar='FILE',
                        help='page to write (default: %(default)s)')
    parser.add_argument('--data-root', metavar='DIR', help='folder of the test images and masks, in place of every '
                        'data_root of the configs; without data the rest of the page is made')
    parser.add_argument('--no-test', action='store_true', help='only what the logs say: no predictions, no calibration')
    parser.add_argument('--boundaries', type=float, nargs='?', const=2., metavar='PIXELS',
                        help='also Dice by image, F1 of pixels and of boundaries within so many pixels (default: 2), '
                        'and HD95, for each class')
    parser.add_argument('--title', help='title of the page (default: the names of the runs)')
    parser.add_argument('--device', help="to test on, like 'cpu' or 'cuda:0' (default: the GPU if there is one)")
