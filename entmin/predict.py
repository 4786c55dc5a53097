# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Segment images.

Writes, at the size of the images, masks/NAME.png, indexed PNGs whose pixels are the labels, and presence.csv, the
probability that a class is in the image, if the model has a classification head. Softmax makes these share 1 (three
classes that are all there have a third each); sigmoid gives each its own.
"""
from .arguments import UNREADABLE_EPILOG, add_image_arguments
from .parser import Parser

EPILOG = UNREADABLE_EPILOG


def add_arguments(parser: Parser) -> None:
    add_image_arguments(parser, 'folder of the results')
    parser.add_argument('--overlay', action='store_true', help='write overlays/NAME.png: the labels over the image')
    parser.add_argument('--uncertainty', action='store_true',
                        help='write entropy/NAME.png and, with an UncertaintyHead, variance/NAME.png, in 16 bits, '
                        '*_colour/NAME.png, which show them, and scales.json, which says what their values mean')
