# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Make a project of your own images.

IMAGES is a folder of images, MASKS one with the masks of a few of them, by the same names. Writes masks/ (labels, from
whatever form the masks have; the originals stay as they are), splits/ (labeled, val, unlabeled) and two configs of one
network and one schedule: NAME_supervised.py, the baseline, and NAME_semi.py, which uses the unlabeled images as well.
"""
from argparse import BooleanOptionalAction
from pathlib import Path

from .arguments import add_export_arguments, add_mask_names, add_mask_values
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
    add_mask_values(names, ' (then without --classes)')
    names.add_argument('--image-suffix', metavar='END', help='take only images whose names end so, like .jpg')
    add_mask_names(names)
    names.add_argument('--leave-out', nargs='*', metavar='END',
                       help='files whose names end so are neither images nor masks, like _overlay.png, or fit a '
                       "pattern like 'overlay_*'; without a value: all other files are images, however they are named")
    exports = parser.add_argument_group('exports of annotation tools')
    exports.add_argument('--empty-too', action='store_true',
                         help='images of the export without a region show background alone (default: they count as '
                         'unlabeled)')
    add_export_arguments(exports)
    lists = parser.add_argument_group('lists')
    lists.add_argument('--unlabeled', nargs='+', type=Path, default=[], metavar='DIR',
                       help='folders of more unlabeled images; names may be those of other images, suffixes may differ')
    lists.add_argument('--labeled-share', metavar='SHARE',
                       help='train on this share of the masks that do not validate, like 1/8, and count the other '
                       'images as unlabeled: for data sets whose images all have masks (default: train on all masks)')
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
