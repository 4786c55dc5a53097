# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Label images by a model.

Writes annotations/NAME.png, masks in which a pixel is 255, ignored in training, where the probability of its class is
below the threshold, and splits/pseudo.txt, the images with a pixel that is kept. Prints the share of pixels that are
kept, and a config that trains on them.
"""
from .arguments import UNREADABLE_EPILOG, add_image_arguments
from .parser import Parser

EPILOG = UNREADABLE_EPILOG


def add_arguments(parser: Parser) -> None:
    add_image_arguments(parser, 'folder of the masks and the list')
    parser.add_argument('--threshold', type=float, default=0.95, metavar='P',
                        help='probability, in 0..1, below which a pixel is not labeled (default: %(default)s)')
