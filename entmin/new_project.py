# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Make a project of your own images.

IMAGES is a folder of images, MASKS one with the masks of a few of them, by the same names. Writes masks/ (labels, from
whatever form the masks have; the originals stay as they are), splits/ (labeled, val, unlabeled) and two configs of one
network and one schedule: NAME_supervised.py, the baseline, and NAME_semi.py, which uses the unlabeled images as well.
"""
from argparse import BooleanOptionalAction
from pathlib import Path

from .parser import Parser

DEFAULT_BASE = 'mmseg::segformer/segformer_mit-b0_8xb2-160k_ade20k-512x512.py'


def add_arguments(parser: Parser) -> None:
    parser.add_argument('images', metavar='IMAGES', type=Path, help='folder of images')
    parser.add_argument('masks', metavar='MASKS', type=Path, help='folder of masks, which may be the same; or '
                        'an export of an annotation tool, a file or a folder')
    parser.add_argument('--out', required=True, type=Path, metavar='DIR', help='folder to write; its name is NAME')
    names = parser.add_argument_group('masks')
    names.add_argument('--classes', nargs='+', default=[], metavar='NAME',
                       help='names of the classes, in the order of their labels; the background is one, usually first; '
                       'or a file with one name per line')
    meaning = names.add_mutually_exclusive_group()
    meaning.add_argument('--colors', nargs='+', default=[], metavar='COLOR',
                         help="masks are in colors: that of each class, like '#ff0000', or a file with a class and its "
                         'color a line (then without --classes)')
    meaning.add_argument('--values', nargs='+', type=int, metavar='V',
                         help='value of each class in the masks, like 0 128 255 '
                         '(default: inferred from the masks, and printed)')
    meaning.add_argument('--threshold', type=float, metavar='T',
                         help='of 2 classes, values from T on are the second, for masks with gray edges')
    meaning.add_argument('--foreground', dest='threshold', action='store_const', const=1,
                         help='the same with 1: masks hold ids of objects, 0 for the background')
    names.add_argument('--nearest', type=float, metavar='D',
                       help='other colors (or, with --values, values) that are at most D away from that of a class, as '
                       'at soft edges and in JPEG files, are the nearest class')
    names.add_argument('--ignore-unknown', action='store_true',
                       help='pixels of other colors or values are ignored in training')
    names.add_argument('--image-suffix', metavar='END', help='take only images whose names end so, like .jpg')
    names.add_argument('--mask-suffix', action='append', metavar='END',
                       help="what follows an image's name in its mask's, like _mask.png; repeat it where an image has "
                       'several masks of 0 and another value: with 2 classes their union is the second, with more '
                       'each is a class, after the background')
    names.add_argument('--mask-name', action='append', metavar='PATTERN', default=[],
                       help="names of masks in another form, like 'label_{}.png', 'cell/{}.png' or '{}/masks/*.png': "
                       '{} is the name that image and mask share, * is anything; repeat it as --mask-suffix')
    names.add_argument('--image-name', metavar='PATTERN', help="the same for images, like 'img_{}.png'")
    names.add_argument('--annotators', nargs='+', default=[], metavar='A',
                       help='masks of several annotators: folders below MASKS, endings like _anna.png, or patterns; '
                       'the majority of a pixel counts, pixels without one are ignored')
    names.add_argument('--leave-out', nargs='*', metavar='END',
                       help='files whose names end so are neither images nor masks, like _overlay.png, or fit a '
                       "pattern like 'overlay_*'; without a value: all other files are images, however they are named")
    exports = parser.add_argument_group('exports of annotation tools')
    exports.add_argument('--empty-too', action='store_true',
                         help='images of the export without a region show background alone (default: they count as '
                         'unlabeled)')
    exports.add_argument('--small-on-top', action='store_true',
                         help='where regions overlap, the smaller one counts (default: the later one in the export)')
    exports.add_argument('--crowd-objects', action='store_true',
                         help='regions that COCO JSON marks as crowds are objects (default: they are ignored, except '
                         'those of tools that mark single objects so)')
    exports.add_argument('--tasks', type=Path, metavar='FILE',
                         help="for Label Studio's export as PNG: the JSON export of the project, or a text file with a "
                         "task and its image per line, like '1 im0.png'")
    lists = parser.add_argument_group('lists')
    lists.add_argument('--unlabeled', nargs='+', type=Path, default=[], metavar='DIR',
                       help='folders of more unlabeled images; names may be those of other images, suffixes may differ')
    lists.add_argument('--val-share', default='1/4', metavar='SHARE',
                       help='share of the masks for validation (default: %(default)s)')
    lists.add_argument('--val-list', type=Path, metavar='FILE',
                       help='names of the validation images, one per line, instead of a random draw: for several '
                       'images of one patient, place or film')
    lists.add_argument('--groups', metavar='FILE',
                       help='images that belong together (of one patient, slide, film) are all trained on or all '
                       "validate: a CSV file of names and groups, a pattern like '{}_*', where {} is the group, or a "
                       'regular expression. Unlabeled images of the groups that validate are left out')
    lists.add_argument('--val-groups-too', action='store_true',
                       help='train on unlabeled images of the groups that validate: scores are then those of new '
                       'images of known groups')
    lists.add_argument('--seed', type=int, default=0, help='seed of the draw (default: %(default)s)')
    lists.add_argument('--stratify', action=BooleanOptionalAction, default=True,
                       help='draw so that the training masks follow the class frequencies, rare classes early')
    training = parser.add_argument_group('training')
    training.add_argument('--base', default=DEFAULT_BASE, metavar='CONFIG',
                          help='any complete config: a file, or one of the zoo (default: %(default)s)')
    training.add_argument('--channels', nargs='+', type=int, default=[], metavar='N',
                          help='bands of TIFF images to take, from 0 (default: all; without a band of transparency; '
                          'gray of more than 8 bits three times)')
    training.add_argument('--size', type=int, metavar='N',
                          help="images are resized to a short side of N pixels (default: the base's, not above the "
                          'images where it has no pretrained weights)')
    training.add_argument('--crop', type=int, metavar='N',
                          help='training crops are N x N pixels (default: the short side); smaller ones keep thin '
                          'lines and small objects at full size, at less cost')
    training.add_argument('--batch', type=int, metavar='N',
                          help='labeled images a batch, and as many unlabeled ones '
                          '(default: 4, or as many as there are)')
    training.add_argument('--iters', type=int, metavar='N', help='iterations (default: by the number of images)')
    training.add_argument('--any-orientation', action='store_true',
                          help='the images have no up and down (microscopy, aerial): flip and turn them any way')
    training.add_argument('--other-source', action='store_true',
                          help='the images without a mask, and those to predict, come from another microscope, camera '
                          'or place than those with one')
    training.add_argument('--pretrained', action=BooleanOptionalAction, default=True,
                          help="start from the base's pretrained weights")
    rare = training.add_mutually_exclusive_group()
    rare.add_argument('--rare-classes', nargs='+', metavar='NAME',
                      help='classes to crop around and to weigh up (default: those with less than a fifth of an equal '
                      'share of the pixels)')
    rare.add_argument('--no-rare-classes', dest='rare_classes', action='store_const', const=[],
                      help='treat all classes alike')
    parser.add_argument('--force', action='store_true', help='overwrite a project')
