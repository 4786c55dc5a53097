# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Make a project of one's own images: ``python tools/new_project.py IMAGES MASKS --classes NAME ... --out DIR``.

IMAGES is a folder of images, MASKS one with the masks of a few of them, by the same names. Writes masks/ (labels, from
whatever form the masks have; the originals stay as they are), splits/ (labeled, val, unlabeled) and two configs of one
network and one schedule: NAME_supervised.py, the baseline, and NAME_semi.py, which uses the unlabeled images as well.
"""
import shlex
from argparse import ArgumentParser, BooleanOptionalAction, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from prettytable import PrettyTable

from mmseg_entmin.datasets.conversion import share_argument
from mmseg_entmin.project.create import Project, class_counts, create, pixel_shares
from mmseg_entmin.project.mask_files import VOID

DEFAULT_BASE = 'mmseg::segformer/segformer_mit-b0_8xb2-160k_ade20k-512x512.py'
FEW = 10


def parse_args(argv=None) -> Namespace:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('images', metavar='IMAGES', type=Path, help='folder of images')
    parser.add_argument('masks', metavar='MASKS', type=Path, help='folder of masks; it may be the same')
    parser.add_argument('--out', required=True, type=Path, metavar='DIR', help='folder to write; its name is NAME')
    names = parser.add_argument_group('masks')
    names.add_argument('--classes', nargs='+', default=[], metavar='NAME',
                       help='names of the classes, in the order of their labels; the background is one, usually first')
    meaning = names.add_mutually_exclusive_group()
    meaning.add_argument('--colors', nargs='+', default=[], metavar='COLOR',
                         help="masks are in colors: that of each class, like '#ff0000', or a file with a class and its "
                         'color a line (then without --classes)')
    meaning.add_argument('--values', nargs='+', type=int, metavar='V',
                         help='value of each class in the masks, like 0 128 255 '
                         '(default: seen from the masks, and said)')
    names.add_argument('--ignore-unknown', action='store_true',
                       help='other colors or values are void, which is not trained on')
    names.add_argument('--image-suffix', metavar='END', help='take only images whose names end so, like .jpg')
    names.add_argument('--mask-suffix', metavar='END',
                       help="what follows an image's name in its mask's, like _mask.png")
    lists = parser.add_argument_group('lists')
    lists.add_argument('--val-share', type=share_argument, default='1/4', metavar='SHARE',
                       help='share of the masks to judge by (default: %(default)s)')
    lists.add_argument('--val-list', type=Path, metavar='FILE',
                       help='names of the images to judge by, one a line, in place of a draw: where several images are '
                       'of one patient, place or film')
    lists.add_argument('--seed', type=int, default=0, help='seed of the draw (default: %(default)s)')
    lists.add_argument('--stratify', action=BooleanOptionalAction, default=True,
                       help='draw so that the training masks follow the class frequencies, rare classes early')
    training = parser.add_argument_group('training')
    training.add_argument('--base', default=DEFAULT_BASE, metavar='CONFIG',
                          help='any complete config: a file, or one of the zoo (default: %(default)s)')
    training.add_argument('--size', type=int, metavar='N',
                          help="images are resized to a short side of N pixels, crops are N x N (default: the base's, "
                          'not above the images where it has no pretrained weights)')
    training.add_argument('--batch', type=int, metavar='N',
                          help='labeled images a batch, and as many unlabeled ones '
                          '(default: 4, or as many as there are)')
    training.add_argument('--iters', type=int, metavar='N', help='iterations (default: by the number of images)')
    training.add_argument('--any-orientation', action='store_true',
                          help='the images have no up and down (microscopy, aerial): flip and turn them any way')
    training.add_argument('--pretrained', action=BooleanOptionalAction, default=True,
                          help="start from the base's pretrained weights")
    parser.add_argument('--force', action='store_true', help='overwrite a project')
    return parser.parse_args(argv)


def class_table(project: Project) -> PrettyTable:
    """Pixels of each class, and images that show it."""
    classes, masked = project.masks.classes, sorted(project.masks.paths)
    shares = pixel_shares(project.pixels, len(classes))
    train, val = (class_counts(project.presence, masked, part) for part in (project.lists.labeled, project.lists.val))
    table = PrettyTable(['label', 'class', 'pixels in %', 'images to train on', 'images to judge by'], align='r')
    table.align['class'] = 'l'
    for label, name in enumerate(classes):
        table.add_row([label, name, f'{100 * shares[label]:.2f}', train[label], val[label]])
    if shares[VOID]:
        table.add_row([VOID, 'void', f'{100 * shares[VOID]:.2f}', '', ''])
    return table


def warnings_of(project: Project) -> list[str]:
    """What a user has to know before trusting a result."""
    classes, masked, lists = project.masks.classes, sorted(project.masks.paths), project.lists
    lines = []
    if project.unreadable:
        lines.append(f'{len(project.unreadable)} of {len(lists.unlabeled)} unlabeled images cannot be read, training '
                     f'takes others in their place: {project.unreadable[0]}')
    shown = project.presence.any(axis=0)
    if not shown.all():
        lines.append(f"no mask shows {', '.join(name for name, there in zip(classes, shown) if not there)}; label an "
                     'image that does, or leave the class out')
    for part, what in ((lists.labeled, 'train on'), (lists.val, 'judge by')):
        counts = class_counts(project.presence, masked, part)
        absent = [name for name, count, there in zip(classes, counts, shown) if there and not count]
        if absent:
            lines.append(f"no image to {what} shows {', '.join(absent)}; "
                         'take other masks, another --seed or --val-list')
    if len(lists.val) < FEW:
        lines.append(f'{len(lists.val)} masks to judge by are few: differences of some points mean little; repeat with '
                     'tools/train.py --seed 1, 2, ...')
    return lines


def report(project: Project, base: str) -> None:
    """What was made, how it was scaled, and what to do next."""
    lists, schedule = project.lists, project.schedule
    print(f'{len(project.masks.paths)} masks, {project.masks.note}:')
    print(class_table(project))
    print(f'{len(lists.labeled)} labeled images to train on, {len(lists.val)} to judge by, '
          f'{len(lists.unlabeled)} unlabeled; lists in {project.out / "splits"}')
    print(f'network of {base}, input {project.side} x {project.side}')
    print(f'schedule: {schedule.iters} iterations (the base has {schedule.base_iters}) of {schedule.batch} labeled '
          f'images, {schedule.iters * schedule.batch / len(lists.labeled):.0f} passes over them; semi-supervised, of '
          f'{schedule.batch} unlabeled ones too, {schedule.iters * schedule.batch / len(lists.unlabeled):.0f} passes. '
          "The learning rate is the base's")
    print('pretrained weights, loaded or downloaded when training starts: '
          + (', '.join(project.pretrained) if project.pretrained else 'none'))
    for line in warnings_of(project):
        print(f'note: {line}')
    print('\nTrain and compare (each run ends with its mIoU on the images to judge by):')
    for config in project.configs:
        print(f'  python tools/train.py {shlex.quote(str(config))}')
    for config in project.configs:
        checkpoint = f'work_dirs/{config.stem}/iter_{schedule.iters}.pth'
        print(f'  python tools/test.py {shlex.quote(str(config))} {shlex.quote(checkpoint)}')


def main(argv=None) -> None:
    args = parse_args(argv)
    options = {key: value for key, value in vars(args).items() if key != 'size'}
    report(create(side=args.size, **options), args.base)
