# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Makes a project of your own images: ``entmin new-project IMAGES MASKS --classes NAME ... --out DIR``."""
import shlex
from argparse import Namespace

from prettytable import PrettyTable

from mmseg_entmin.datasets.splits import parse_share
from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.project.create import Project, class_counts, create, pixel_shares
from mmseg_entmin.project.mask_files import IGNORED
from mmseg_entmin.words import amount

FEW = 10
SHARES = ('val_share', 'labeled_share')


def class_table(project: Project) -> PrettyTable:
    """Share of the pixels of each class, and number of images that show it."""
    classes, masked = project.masks.classes, project.masked
    shares = pixel_shares(project.pixels, len(classes))
    train, val = (class_counts(project.presence, masked, part) for part in (project.lists.labeled, project.lists.val))
    table = PrettyTable(['label', 'class', 'pixels in %', 'training images', 'validation images'], align='r')
    table.align['class'] = 'l'
    for label, name in enumerate(classes):
        table.add_row([label, name, f'{100 * shares[label]:.2f}', train[label], val[label]])
    if shares[IGNORED]:
        table.add_row([IGNORED, 'ignored', f'{100 * shares[IGNORED]:.2f}', '', ''])
    return table


def warnings_of(project: Project) -> list[str]:
    """What a user has to know before they trust a result."""
    classes, masked, lists = project.masks.classes, project.masked, project.lists
    lines = [*project.notes]
    if project.unreadable:
        lines.append(f'{len(project.unreadable)} of {project.num_unlabeled} unlabeled images cannot be read, training '
                     f'takes others in their place: {project.unreadable[0]}')
    shown = project.presence.any(axis=0)
    if (project.unused & ~shown).any():
        left = ', '.join(name for name, there in zip(classes, project.unused & ~shown) if there)
        lines.append(f'only masks that are not used show {left}; give a larger --labeled-share, or another --seed')
    if absent := [name for name, there in zip(classes, shown | project.unused) if not there]:
        split = '; if names hold blanks, quote them or give --classes FILE' if absent == classes[-len(absent):] else ''
        lines.append(f"no mask shows {', '.join(absent)}; label an image that does, or leave the class out{split}")
    for part, what in ((lists.labeled, 'training'), (lists.val, 'validation')):
        counts = class_counts(project.presence, masked, part)
        absent = [name for name, count, there in zip(classes, counts, shown) if there and not count]
        if absent:
            lines.append(f"no {what} image shows {', '.join(absent)}; take other masks, another --seed or --val-list")
    if len(lists.val) < FEW:
        lines.append(f'{amount(len(lists.val), "validation mask is", "validation masks are")} few: differences of '
                     'some points mean little; repeat with entmin train --seed 1, 2, ...')
    return lines


def report(project: Project, base: str) -> None:
    """Prints what was made, its schedule, and what to do next."""
    lists, schedule = project.lists, project.schedule

    def passes(images: int) -> str:
        seen = schedule.iters * schedule.batch / images
        return f'{seen:.0f}' if seen >= 1 else f'{seen:.2f}'

    print(f'{project.masks.note}:')
    print(class_table(project))
    print(f'{amount(len(lists.labeled), "labeled training image")}, {amount(len(lists.val), "validation image")}, '
          f'{project.num_unlabeled} unlabeled; lists in {project.out / "splits"}')
    print(f'network of {base}, images resized to a short side of {project.sizes.side}, '
          f'crops of {project.sizes.crop} x {project.sizes.crop} pixels')
    print(f'schedule: {schedule.iters} iterations (the base has {schedule.base_iters}) of '
          f'{amount(schedule.batch, "labeled image")}, {passes(len(lists.labeled))} passes over them; '
          f'semi-supervised, of {amount(schedule.batch, "unlabeled one")} too, {passes(project.num_unlabeled)} passes. '
          "The learning rate is the base's")
    print('pretrained weights, loaded or downloaded when training starts: '
          + (', '.join(project.pretrained) if project.pretrained else 'none'))
    for line in warnings_of(project):
        print(f'note: {line}')
    print('\nTrain and compare (each run ends with its mIoU on the validation images):')
    for config in project.configs:
        print(f'  entmin train {shlex.quote(str(config))}')
    for config in project.configs:
        checkpoint = f'work_dirs/{config.stem}/iter_{schedule.iters}.pth'
        print(f'  entmin test {shlex.quote(str(config))} {shlex.quote(checkpoint)}')
    print('Find out whether the unlabeled images help, on folds of all masks:')
    print(f'  entmin compare {shlex.quote(str(project.out))}')


@errors_as_lines()
def main(args: Namespace) -> None:
    options = {key: value for key, value in vars(args).items() if key not in ('command', 'size', *SHARES)}
    shares = {key: parse_share(share) for key in SHARES if (share := getattr(args, key)) is not None}
    report(create(side=args.size, **shares, **options), args.base)
