# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Test a segmentor. The options are those of mmseg's tool.

The metrics are logged, and written to <work dir>/<time>/<time>.json.
"""
from .arguments import add_run_arguments
from .parser import Parser


def add_arguments(parser: Parser) -> None:
    add_run_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file or URL')
    parser.add_argument('--out', metavar='DIR', help='folder for the predicted label maps, as PNG files')
    parser.add_argument('--show', action='store_true', help='show the predictions in a window')
    parser.add_argument('--show-dir', metavar='DIR', help='folder for the painted predictions')
    parser.add_argument('--wait-time', type=float, default=2, help='seconds that --show shows a picture (default: 2)')
    parser.add_argument('--boundaries', type=float, nargs='?', const=2., metavar='PIXELS',
                        help='also Dice by image, F1 of pixels and of boundaries within so many pixels (default: 2), '
                        'and HD95, for each class')
    parser.add_argument('--tta', action='store_true', help='test-time augmentation, by tta_model and tta_pipeline')
