# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Segment images.

Writes, at the size of the images, masks/NAME.png, indexed PNGs whose pixels are the labels (NAME.tif with the place of
a GeoTIFF; 255 where it has no data), and presence.csv, the probability that a class is in the image, if the model has a
classification head. Softmax makes these share 1 (three classes that are all there have a third each); sigmoid gives
each its own.
"""
from .arguments import UNREADABLE_EPILOG, add_image_arguments
from .parser import Parser

EPILOG = UNREADABLE_EPILOG


def add_arguments(parser: Parser) -> None:
    add_image_arguments(parser, 'folder of the results')
    parser.add_argument('--overlay', action='store_true', help='write overlays/NAME.png: the labels over the image')
    parser.add_argument('--tile', type=int, metavar='N',
                        help='read, predict and write images in tiles of N x N pixels, as GeoTIFF (default: 2048 for '
                        'images of more than 8192 x 8192 pixels that the test pipeline does not resize; 0: never)')
    parser.add_argument('--overlap', type=int, metavar='N',
                        help='pixels that neighboring tiles share, of which each drops its outer half (default: a '
                        'quarter of the tile, and what sliding windows need)')
    parser.add_argument('--format', choices=['auto', 'png', 'tif'], default='auto',
                        help='of masks, entropy and variance: tif is GeoTIFF with the place of the image, 255 or nan '
                        'where it has no data, and the values themselves (default: tif for images with a place on the '
                        'earth and in tiles, else png)')
    parser.add_argument('--uncertainty', action='store_true',
                        help='write entropy/NAME.png and, with an UncertaintyHead, variance/NAME.png, in 16 bits, '
                        '*_colour/NAME.png, which show them, and scales.json, which says what their values mean')
