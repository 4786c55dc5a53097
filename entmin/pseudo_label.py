# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Label images by a model.

Writes annotations/NAME.png, masks in which a pixel is 255, ignored in training, where the probability of its class is
below the threshold, and splits/pseudo.txt, the images with a pixel that is kept. Prints the share of pixels that are
kept, and a config that trains on them. With --format, writes the kept pixels for an annotation tool instead, where a
person corrects them; `entmin add-masks` takes them from there into a project.
"""
from .arguments import UNREADABLE_EPILOG, add_image_arguments, add_url
from .parser import Parser

EPILOG = UNREADABLE_EPILOG


def add_arguments(parser: Parser) -> None:
    add_image_arguments(parser, 'folder of the masks and the list')
    parser.add_argument('--threshold', type=float, default=0.95, metavar='P',
                        help='probability, in 0..1, below which a pixel is not labeled (default: %(default)s)')
    tools = parser.add_argument_group('to correct them in an annotation tool')
    tools.add_argument('--format', choices=['coco', 'cvat', 'label-studio', 'labelme'],
                       help='form of the labels (default: masks to train on)')
    tools.add_argument('--objects', action='store_true',
                       help='each connected piece is an object of its own (default: a region per class and image)')
    tools.add_argument('--all-classes', action='store_true',
                       help='the first class too (default: it is the background, which is where no region is)')
    add_url(tools)
