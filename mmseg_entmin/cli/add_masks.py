# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Takes corrected masks into a project: ``entmin add-masks PROJECT EXPORT [options]``."""
import shlex
from argparse import Namespace
from collections.abc import Sequence

from prettytable import PrettyTable

from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.project.add_masks import Added, add_masks
from mmseg_entmin.project.annotations.export import IGNORED
from mmseg_entmin.project.sources import Wish
from mmseg_entmin.words import amount

SHOWN = 8


def shown(names: Sequence[str]) -> str:
    return ', '.join(names[:SHOWN]) + (', ...' if len(names) > SHOWN else '')


def class_table(added: Added) -> PrettyTable:
    """Share of the pixels of each class in the masks that were taken."""
    table = PrettyTable(['label', 'class', 'pixels in %'], align='r')
    table.align['class'] = 'l'
    for label, name in [*enumerate(added.project.classes), (IGNORED, 'ignored')]:
        if label != IGNORED or added.pixels[label]:
            table.add_row([label, name, f'{100 * added.pixels[label] / added.pixels.sum():.2f}'])
    return table


def notes_of(added: Added) -> list[str]:
    """What a user has to know or do."""
    project, names = added.project, added.project.names
    lines = [*added.notes]
    if added.val:
        lines.append(f'{amount(len(added.val), "validation image has", "validation images have")} other masks in the '
                     f'export, which were not taken (--update-val takes them): {shown(added.val)}')
    if added.labeled:
        lines.append(f'{amount(len(added.labeled), "labeled image has", "labeled images have")} other masks in the '
                     f'export, which were not taken (--update takes them): {shown(added.labeled)}')
    if added.same:
        lines.append(f'{amount(len(added.same), "image has", "images have")} these masks already: {shown(added.same)}')
    absent = [name for name, count in zip(project.classes, added.pixels) if not count]
    if absent and added.pixels.any():
        lines.append(f'no mask that was taken shows {", ".join(absent)}')
    left = len(names['unlabeled']) + project.more
    if project.more and added.new and not names['unlabeled']:
        lines.append(f"no unlabeled image is left in '{project.images}': take '{project.lists['unlabeled'].name}' out "
                     f"of unlabeled=[...] in '{project.configs[1]}'")
    if left < project.unlabeled_batch:
        lines.append(f"{amount(left, 'unlabeled image is', 'unlabeled images are')} left, fewer than the "
                     f"{project.unlabeled_batch} of a batch: "
                     + (f"train '{project.configs[0]}', which needs none" if not left else
                        f"set unlabeled_batch={left} in '{project.configs[1]}'"))
    return lines


@errors_as_lines()
def main(args: Namespace) -> None:
    wish = Wish(**{key: value for key, value in vars(args).items() if key in Wish._fields and value is not None})
    added = add_masks(args.project, args.export, wish, args.rename, args.rest, args.update, args.update_val)
    project, names = added.project, added.project.names
    print(f'{added.note}:')
    if added.pixels.any():
        print(class_table(added))
    print(f'{amount(len(added.new), "image moves", "images move")} from unlabeled to labeled'
          + (f': {shown(added.new)}' if added.new else ''))
    if added.updated:
        print(f'{amount(len(added.updated), "mask is", "masks are")} replaced: '
              f'{shown(added.updated)}')
    print(f"{amount(len(names['labeled']), 'labeled training image')}, "
          f"{amount(len(names['val']), 'validation image')}, {len(names['unlabeled']) + project.more} unlabeled")
    for line in notes_of(added):
        print(f'note: {line}')
    if not added.new and not added.updated:
        raise ValueError('no mask was taken, the project is as it was')
    if project.iters:
        print(f"schedule: {project.iters} iterations as before, "
              f"{project.iters * project.batch / len(names['labeled']):.0f} passes over the labeled images")
    print('\nTrain again, each in a work dir of its own:')
    for config in project.configs if names['unlabeled'] or project.more else project.configs[:1]:
        work_dir = f"work_dirs/{config.stem}_{len(names['labeled'])}"
        print(f'  entmin train {shlex.quote(str(config))} --work-dir {shlex.quote(work_dir)}')
