# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Choose which images to annotate next.

The score of an image is its mean uncertainty. Each step takes the image of the largest score x distance to the nearest
one taken before, between the encoder's last maps averaged over the image: greedy k-center selection (core-set, Sener
and Savarese 2018), weighted, so that of near-duplicates one is taken.

Images that the config trains on with masks are never chosen, and kept at a distance from; those that it evaluates on
are left out. Writes next.txt, the chosen images in their order, a list for the ann_file of a dataset, and rank.csv: all
others too, by score. With --format, also writes the chosen ones as an annotation tool opens them.
"""
from .arguments import UNREADABLE_EPILOG, add_image_arguments, add_url
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
                        help='list of more images that are labeled already: never chosen, and kept at a distance from')
    parser.add_argument('--all-images', action='store_true',
                        help="choose among the config's labeled and evaluation images too")
    tools = parser.add_argument_group('to open them in an annotation tool')
    tools.add_argument('--format', choices=['cvat', 'label-studio', 'labelme'],
                       help='label-studio: tasks.json and labeling_config.xml; cvat, labelme: next/, a folder of links '
                       'to the images, and the labels')
    tools.add_argument('--copy', action='store_true', help='of cvat and labelme: copies in place of links')
    tools.add_argument('--all-classes', action='store_true',
                       help='the first class is a label too (default: it is the background, which is where no region '
                       'is)')
    add_url(tools)
