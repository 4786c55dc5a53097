# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labels images by a model: ``entmin pseudo-label FOLDER --config CONFIG --checkpoint FILE --out DIR [options]``."""
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from prettytable import PrettyTable

from mmseg_entmin.apis import EntMinInferencer, Prediction, pictures
from mmseg_entmin.apis.image_files import common_suffix
from mmseg_entmin.datasets.splits import write_lists
from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.project.annotations.writers import open_writer
from mmseg_entmin.project.annotations.writing import Labels, Picture, regions_of
from mmseg_entmin.words import amount

from .image_run import ImageRun, open_images, open_inferencer
from .predicted_files import labels_of

OPTIONS = ('threshold', 'format', 'objects', 'all_classes')
FEW = 0.01  # share of a class's predicted pixels below which a warning names it


def check(args: Namespace, images: dict) -> str | None:
    """The suffix of the images; refuses what no dataset could read."""
    if not 0 <= args.threshold <= 1:
        raise ValueError(f'--threshold {args.threshold}: give a probability in 0..1')
    if len(args.images) != 1 or not Path(args.images[0]).is_dir():
        raise ValueError(f'{len(args.images)} paths, {args.images[0]} first: a dataset has one folder of images; give '
                         'that folder, and --list to take a part of it')
    if args.format is None and (args.objects or args.all_classes):
        raise ValueError('--objects and --all-classes are for annotation tools; name one with --format')
    if args.format is not None and (args.shard or args.launcher != 'none' or args.resume):
        raise ValueError(f'--format {args.format} makes one file of all images: leave out --shard, --launcher and '
                         '--resume')
    if args.url is not None and args.format != 'label-studio':
        raise ValueError(f"--url '{args.url}' is for --format label-studio")
    suffix = args.image_suffix or common_suffix(images)
    if suffix is None and args.format is None:
        suffixes = sorted({path.suffix for path in images.values()})
        raise ValueError(f"images in '{args.images[0]}' end in {', '.join(suffixes)}, but a dataset has one "
                         'img_suffix; convert them, or take a part with --list')
    return suffix


def kept_table(classes: Sequence[str], kept: np.ndarray, predicted: np.ndarray) -> PrettyTable:
    """Predicted and kept pixels (C, ) of each class, the share that is kept, and the sums."""
    table = PrettyTable(['class', 'predicted pixels', 'kept', 'kept in %'], align='r')
    table.align['class'] = 'l'
    for name, total, part in [*zip(classes, predicted, kept), ('all', predicted.sum(), kept.sum())]:
        table.add_row([name, total, part, f'{100 * part / total:.2f}' if total else '-'], divider=name == classes[-1])
    return table


def rare_classes(classes: Sequence[str], kept: np.ndarray, predicted: np.ndarray, threshold: float) -> list[str]:
    """Phrases on the classes of which nothing or nearly nothing is kept."""
    return [f'{name}: {part} pixels kept at {threshold:g}' if not part else
            f'{name}: {100 * part / total:.2g} % of its pixels kept at {threshold:g}'
            for name, total, part in zip(classes, predicted, kept) if part <= FEW * total]


def training_config(args: Namespace, suffix: str, classes: Sequence[str]) -> str:
    """A config that trains on labeled images and pseudo-labels; the user edits its first line."""
    out, folder = args.out.resolve(), Path(args.images[0]).resolve()
    return f"""_base_ = './supervised.py'  # yours: the config that trains on the labeled images
labeled = _base_.train_dataloader.dataset
# The masks hold the network's labels: whatever the labeled set does to its own (reduce_zero_label, fewer or reordered
# classes), these are read as they are.
pseudo = dict(
    type='BaseSegDataset', metainfo=dict(classes={classes!r}), ann_file={str(out / 'splits' / 'pseudo.txt')!r},
    data_prefix=dict(img_path={str(folder)!r}, seg_map_path={str(out / 'annotations')!r}),
    img_suffix={suffix!r}, seg_map_suffix='.png',
    pipeline=[dict(type='LoadAnnotations') if 'LoadAnnotations' in str(step['type']) else step
              for step in labeled['pipeline']])
train_dataloader = dict(dataset=dict(
    _delete_=True, type='ConcatDataset', datasets=[labeled, pseudo],
    ignore_keys=['palette', 'label_map', 'reduce_zero_label']))"""


class TrainingMasks:
    """Masks, the list of those that hold a label, and a config that trains on them."""

    def __init__(self, args: Namespace, suffix: str, images: dict[str, Path], inferencer: EntMinInferencer) -> None:
        self.args, self.suffix, self.inferencer = args, suffix, inferencer
        self.list_path = args.out / 'splits' / 'pseudo.txt'
        self.tables = [self.list_path]

    def files_of(self, name: str) -> list[Path]:
        return [self.args.out / 'annotations' / f'{name}.png']

    def save(self, name: str, labels: np.ndarray) -> None:
        """Writes the mask of an image."""
        pictures.save_mask(labels, self.inferencer.palette, *self.files_of(name))

    def add(self, _: None) -> None:
        """Takes what `save` returned."""

    def finish(self, kept: dict[str, int]) -> None:
        """Ends with the number of kept pixels of each image."""
        names = [name for name, pixels in kept.items() if pixels]
        print(f'{amount(len(kept), "mask")} in {self.args.out / "annotations"}; {len(kept) - len(names)} of them have '
              f'no pixel that is kept and are not in {self.list_path}')
        if not names:
            self.list_path.unlink(missing_ok=True)  # of an earlier run
            print(f'{self.list_path} is not written: no image has a pixel that is kept; lower --threshold')
            return
        write_lists({self.list_path: names}, force=True)
        classes = self.inferencer.model.dataset_meta['classes']  # a list or a tuple as in the labeled set
        print(f'To train on them, a config:\n\n{training_config(self.args, self.suffix, classes)}')


class ToolFiles:
    """Regions for an annotation tool."""

    def __init__(self, args: Namespace, images: dict[str, Path], inferencer: EntMinInferencer) -> None:
        self.args, self.images, self.folder = args, images, Path(args.images[0])
        self.classes, self.first = list(inferencer.classes), 0 if args.all_classes else 1
        colors = [tuple(map(int, color)) for color in inferencer.palette]
        self.writer = open_writer(args.format, args.out, Labels(self.classes[self.first:], colors[self.first:]),
                                  self.folder, args.url)
        self.tables = self.writer.files([self.below(name) for name in images])

    def files_of(self, name: str) -> list[Path]:
        """None: the writer names the files of all images."""
        return []

    def below(self, name: str) -> str:
        return self.images[name].relative_to(self.folder).as_posix()

    def save(self, name: str, labels: np.ndarray) -> Picture:
        """The regions of an image."""
        regions = regions_of(labels, self.classes, self.first, self.args.objects)
        return Picture(self.images[name], self.below(name), labels.shape[::-1], regions)

    def add(self, picture: Picture) -> None:
        """Takes what `save` returned, in the order of the images."""
        self.writer.add(picture)

    def finish(self, kept: dict[str, int]) -> None:
        """Ends with the number of kept pixels of each image."""
        lines = self.writer.finish()
        print(f'{amount(len(kept), "image")} for {self.args.format} in {self.args.out}')
        if self.first:
            print(f"{self.classes[0]} is not drawn: it is where no region is; --all-classes draws it")
        print(*lines, 'Then take the corrected export into the project: entmin add-masks PROJECT EXPORT', sep='\n')


@errors_as_lines()
def main(args: Namespace) -> None:
    images = open_images(args)
    suffix = check(args, images)
    inferencer = open_inferencer(args, ('confidence', ))
    output = (TrainingMasks(args, suffix, images, inferencer) if args.format is None else
              ToolFiles(args, images, inferencer))
    run = ImageRun(args, inferencer, images, OPTIONS)
    if args.format is None and run.is_finished(output.list_path, (path for name in run.own
                                                                  for path in output.files_of(name))):
        return
    run.begin(output.files_of, output.tables)
    count = len(inferencer.classes)

    def save(name: str, prediction: Prediction) -> tuple[list[list[int]], Any]:
        labels = np.where(prediction.confidence < args.threshold, np.uint8(pictures.IGNORED), labels_of(prediction))
        pixels = [np.bincount(each, minlength=count).tolist()
                  for each in (prediction.labels.ravel(), labels[labels != pictures.IGNORED])]
        return pixels, output.save(name, labels)

    for _, saved in run.each(save):
        output.add(saved)
    rows = run.all_rows()
    if rows is not None:
        predicted, kept = np.array([*rows.values()], np.int64).reshape(-1, 2, count).sum(axis=0)
        print(kept_table(inferencer.classes, kept, predicted))
        if lines := rare_classes(inferencer.classes, kept, predicted, args.threshold):
            print(f'warning: {"; ".join(lines)}', file=sys.stderr)
        output.finish({name: sum(row[1]) for name, row in rows.items()})
        run.journal.finish(run.noted)
    run.finish()
