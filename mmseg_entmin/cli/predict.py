# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Segments images: ``entmin predict FOLDER_OR_FILES --config CONFIG --checkpoint FILE --out DIR [options]``."""
import json
from argparse import Namespace
from pathlib import Path

from mmseg_entmin.apis import EntMinInferencer, pictures
from mmseg_entmin.atomic import refuse_existing, write_atomic, write_csv
from mmseg_entmin.errors import errors_as_lines

from .image_run import ImageRun, open_images, open_inferencer


def save(prediction, folders: dict[str, Path], inferencer: EntMinInferencer) -> None:
    """Writes the files of one image; their paths are given by folder."""
    classes, palette = inferencer.classes, inferencer.palette
    pictures.save_mask(prediction.labels, palette, folders['masks'])
    if 'overlays' in folders:
        pictures.save_overlay(prediction.source, prediction.labels, palette, folders['overlays'], reader=inferencer)
    if 'entropy' in folders:
        pictures.save_entropy(prediction.entropy, len(classes), folders['entropy'], folders['entropy_colour'])
    if 'variance' in folders:
        pictures.save_variance(prediction.variance, folders['variance'], folders['variance_colour'])


@errors_as_lines()
def main(args: Namespace) -> None:
    images = open_images(args)
    inferencer = open_inferencer(args)
    folders = ['masks'] + ['overlays'] * args.overlay
    for name in ['entropy'] * args.uncertainty + ['variance'] * (args.uncertainty and inferencer.has_variance):
        folders += [name, f'{name}_colour']
    presence, scales = args.out / 'presence.csv', args.out / 'scales.json'
    tables = [presence] * inferencer.has_presence + [scales] * args.uncertainty
    planned = [args.out / folder / f'{name}.png' for folder in folders for name in images]
    refuse_existing(planned + tables, args.force)
    if args.uncertainty:
        texts = pictures.scales(len(inferencer.classes))
        text = json.dumps({name: texts[name] for name in folders if name in texts}, indent=2) + '\n'
        write_atomic(text.encode(), scales)
    rows = [['image', *inferencer.classes]]
    images_run = ImageRun(inferencer, images)
    for name, prediction in images_run:
        save(prediction, {folder: args.out / folder / f'{name}.png' for folder in folders}, inferencer)
        if inferencer.has_presence:
            rows.append([name, *(f'{p:.4f}' for p in prediction.presence)])
    if inferencer.has_presence:
        write_csv(rows, presence)
    print(f"{images_run.done} images: {', '.join([*folders, *(table.name for table in tables)])} in {args.out}")
    if not inferencer.has_presence:
        print('no presence.csv: this model has no classification head')
    if args.uncertainty and not inferencer.has_variance:
        print('no variance: this model has no UncertaintyHead')
    images_run.finish()
