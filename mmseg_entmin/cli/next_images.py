# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The images to annotate next, as an annotation tool opens them."""
import json
import shutil
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from mmseg_entmin.apis import EntMinInferencer
from mmseg_entmin.atomic import refuse_existing, write_atomic
from mmseg_entmin.project.annotations.label_studio_writer import LabelStudioWriter
from mmseg_entmin.project.annotations.writing import Labels, Picture

LINKS = 'next'
FORMATS = ('cvat', 'label-studio', 'labelme')


def check_options(args: Namespace) -> None:
    """Raises ValueError for options without a format, or for images that are in no one folder."""
    for option, given, forms in (
            ('--copy', args.copy, ('cvat', 'labelme')), ('--all-classes', args.all_classes, FORMATS),
            ('--url', args.url is not None, ('label-studio', ))):
        if given and args.format not in forms:
            raise ValueError(f"{option} is for --format {' or '.join(forms)}")
    if args.format is not None and (len(args.images) != 1 or not Path(args.images[0]).is_dir()):
        raise ValueError(f'{len(args.images)} paths, {args.images[0]} first: --format {args.format} needs one folder '
                         'of images; give it, and --list to take a part of it')


class NextImages:
    """Files for a tool: tasks for Label Studio; for others a folder of links or copies, and the labels."""

    def __init__(self, args: Namespace, inferencer: EntMinInferencer) -> None:
        self.args, self.folder, self.links = args, Path(args.images[0]), args.out / LINKS
        first = 0 if args.all_classes else 1
        colors = [tuple(map(int, color)) for color in inferencer.palette]
        self.labels = Labels(list(inferencer.classes)[first:], colors[first:])
        self.writer = LabelStudioWriter(args.out, self.labels, self.folder, args.url, predictions=False)
        self.label_file = args.out / ('labels.json' if args.format == 'cvat' else 'labels.txt')
        self.files = self.writer.files([]) if args.format == 'label-studio' else [self.links, self.label_file]

    def check(self) -> None:
        """Raises FileExistsError if files of another run are there, and other files than links in any case."""
        refuse_existing(self.files, self.args.force)
        own = [path for path in self.links.rglob('*') if path.is_file() and not path.is_symlink()]
        if self.links in self.files and own and not self.args.copy:
            raise FileExistsError(f"'{own[0]}' is no link: delete the folder '{self.links}' yourself, or give another "
                                  '--out')

    def write(self, images: dict[str, Path], chosen: Sequence[str]) -> list[str]:
        """Writes the chosen ones of the images; returns lines that say how to open them."""
        if self.args.format == 'label-studio':
            for name in chosen:
                below = images[name].relative_to(self.folder).as_posix()
                self.writer.add(Picture(images[name], below, (0, 0), []))
            return self.writer.finish()
        shutil.rmtree(self.links, ignore_errors=True)
        for name in chosen:
            target = self.links / images[name].relative_to(self.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.args.copy:
                shutil.copyfile(images[name], target)
            else:
                target.symlink_to(images[name].resolve())
        if self.args.format == 'cvat':
            colors = self.labels.hex()
            text = json.dumps([dict(name=name, color=colors[name], attributes=[]) for name in self.labels.names],
                              ensure_ascii=False, indent=1)
            line = f'In CVAT, make a task of the images in {self.links} with the labels in {self.label_file} (Raw)'
        else:
            text = ''.join(f'{name}\n' for name in self.labels.names)
            line = f'In LabelMe, open {self.links}: labelme {self.links} --labels {self.label_file}'
        write_atomic(text.encode(), self.label_file)
        return [line]
