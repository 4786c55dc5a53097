# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labels images by a model: ``entmin pseudo-label FOLDER --config CONFIG --checkpoint FILE --out DIR [options]``."""
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from prettytable import PrettyTable

from mmseg_entmin.apis import pictures
from mmseg_entmin.apis.image_files import common_suffix
from mmseg_entmin.atomic import refuse_existing
from mmseg_entmin.datasets.splits import write_lists
from mmseg_entmin.errors import errors_as_lines

from .image_run import ImageRun, open_images, open_inferencer


def check(args: Namespace, images: dict) -> str:
    """The suffix of the images; refuses what no dataset could read."""
    if not 0 <= args.threshold <= 1:
        raise ValueError(f'--threshold {args.threshold}: give a probability in 0..1')
    if len(args.images) != 1 or not Path(args.images[0]).is_dir():
        raise ValueError(f'{len(args.images)} paths, {args.images[0]} first: a dataset has one folder of images; give '
                         'that folder, and --list to take a part of it')
    suffix = args.image_suffix or common_suffix(images)
    if suffix is None:
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


@errors_as_lines()
def main(args: Namespace) -> None:
    images = open_images(args)
    suffix = check(args, images)
    inferencer = open_inferencer(args)
    masks = {name: args.out / 'annotations' / f'{name}.png' for name in images}
    list_path = args.out / 'splits' / 'pseudo.txt'
    refuse_existing([list_path, *masks.values()], args.force)
    count = len(inferencer.classes)
    predicted, kept = np.zeros((2, count), np.int64)
    names = []
    images_run = ImageRun(inferencer, images)
    for name, prediction in images_run:
        labels = np.where(prediction.confidence < args.threshold, np.uint8(pictures.IGNORED), prediction.labels)
        pictures.save_mask(labels, inferencer.palette, masks[name])
        predicted += np.bincount(prediction.labels.ravel(), minlength=count)
        kept += np.bincount(labels[labels != pictures.IGNORED], minlength=count)
        if (labels != pictures.IGNORED).any():
            names.append(name)
    print(kept_table(inferencer.classes, kept, predicted))
    print(f'{images_run.done} masks in {args.out / "annotations"}; {images_run.done - len(names)} of them have no '
          f'pixel that is kept and are not in {list_path}')
    if not names:
        list_path.unlink(missing_ok=True)  # of an earlier run
        print(f'{list_path} is not written: no image has a pixel that is kept; lower --threshold')
    else:
        write_lists({list_path: names}, force=True)
        classes = inferencer.model.dataset_meta['classes']  # a list or a tuple as in the labeled set: both must agree
        print(f'To train on them, a config:\n\n{training_config(args, suffix, classes)}')
    images_run.finish()
