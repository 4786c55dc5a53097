# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Choose which images to annotate next.

The score of an image is its mean uncertainty. Each step takes the image of the largest score x distance to the nearest
one taken before, between the encoder's last maps averaged over the image: greedy k-center selection (core-set, Sener
and Savarese 2018), weighted, so that of near-duplicates one is taken.

Writes next.txt, the chosen images in their order, a list for the ann_file of a dataset, and rank.csv: all images, the
chosen ones first, then by score.
"""
from .arguments import UNREADABLE_EPILOG, add_image_arguments
from .parser import Parser

EPILOG = UNREADABLE_EPILOG


def add_arguments(parser: Parser) -> None:
    add_image_arguments(parser, 'folder of the list and the table')
    parser.add_argument('--count', type=int, required=True, metavar='N', help='images to choose')
    parser.add_argument('--by', choices=['entropy', 'variance'], default='entropy',
                        help='uncertainty of a pixel: entropy of the softmax, in nats, or aleatoric variance of the '
                        'logit of its class, which needs an UncertaintyHead (default: %(default)s)')
    parser.add_argument('--above', type=float, metavar='T',
                        help='score by the share of pixels whose uncertainty is above T, in place of its mean')
    parser.add_argument('--labeled', metavar='FILE',
                        help='list of images that are labeled already: never chosen, and kept at a distance from')
