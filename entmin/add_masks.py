# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Take corrected masks into a project.

PROJECT is a folder that `entmin new-project` made, EXPORT what it reads: a folder of masks, or an export of an
annotation tool. The images of the export move from the unlabeled to the labeled list. Validation images stay what they
are, and masks that the project has already stay too, unless asked otherwise. All images are taken or none, and a
process that is killed leaves a project that trains.
"""
from argparse import Action, ArgumentParser, Namespace
from pathlib import Path

from .arguments import add_export_arguments, add_mask_names, add_mask_values
from .parser import Parser


class Renames(Action):
    """Collects OLD=NEW as a dictionary; the last '=' separates them."""

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values, option_string: str | None = None) -> None:
        pairs = dict(getattr(namespace, self.dest) or {})
        for text in values:
            old, equal, new = text.rpartition('=')
            if not equal or not old or not new:
                parser.error(f"argument --rename: '{text}' is no OLD=NEW")
            pairs[old] = new
        setattr(namespace, self.dest, pairs)


def add_arguments(parser: Parser) -> None:
    parser.add_argument('project', metavar='PROJECT', type=Path, help='folder of the project')
    parser.add_argument('export', metavar='EXPORT', type=Path,
                        help='folder of masks with the names of the images, or an export, a file or a folder')
    parser.add_argument('--update', action='store_true', help='replace masks of labeled images too')
    parser.add_argument('--update-val', action='store_true',
                        help='replace masks of validation images too: scores from before and after do not compare')
    exports = parser.add_argument_group('exports of annotation tools')
    exports.add_argument('--rename', nargs='+', action=Renames, default={}, metavar='OLD=NEW',
                         help='class OLD of the export is class NEW of the project')
    exports.add_argument('--rest', choices=['background', 'ignored'],
                         help='what pixels without a region are: the first class, or ignored (default: ignored if the '
                         'first class has regions itself and is not called background)')
    exports.add_argument('--empty-too', action='store_true',
                         help='images of the export without a region are taken too (default: they stay unlabeled)')
    add_export_arguments(exports)
    masks = parser.add_argument_group('mask files')
    add_mask_values(masks)
    add_mask_names(masks)
    masks.add_argument('--leave-out', nargs='*', metavar='END', help='files whose names end so are no masks')
