# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Segment images: ``python tools/predict.py FOLDER_OR_FILES --config CONFIG --checkpoint FILE --out DIR [options]``.

Writes, at the size of the images, ``masks/NAME.png``, indexed PNGs whose pixels are the labels, and ``presence.csv``,
the probability that a class is in the image, if the model has a classification head. Softmax makes these share 1 (three
classes that are all there have a third each); sigmoid gives each its own.
"""
import json
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from mmseg_entmin.apis import EntMinInferencer, pictures
from mmseg_entmin.atomic import write_atomic
from mmseg_entmin.cli import prediction as tool


def parse_args(argv=None) -> Namespace:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter, epilog=tool.STATUS_HELP)
    tool.add_arguments(parser, 'folder of the results')
    parser.add_argument('--overlay', action='store_true', help='write overlays/NAME.png: the labels over the image')
    parser.add_argument('--uncertainty', action='store_true',
                        help='write entropy/NAME.png and, with an UncertaintyHead, variance/NAME.png, in 16 bits, '
                        '*_colour/NAME.png, which show them, and scales.json, which says what their values mean')
    return parser.parse_args(argv)


def output_folders(args: Namespace, inferencer: EntMinInferencer) -> list[str]:
    """The folders with one file for each image."""
    folders = ['masks']
    if args.overlay:
        folders.append('overlays')
    if args.uncertainty:
        folders += ['entropy', 'entropy_colour']
        if inferencer.has_variance:
            folders += ['variance', 'variance_colour']
    return folders


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


def main(argv=None) -> None:
    args = parse_args(argv)
    images = tool.open_images(args)
    inferencer = tool.open_inferencer(args)
    folders = output_folders(args, inferencer)
    presence, scales = args.out / 'presence.csv', args.out / 'scales.json'
    tables = [presence] * inferencer.has_presence + [scales] * args.uncertainty
    planned = [args.out / folder / f'{name}.png' for folder in folders for name in images]
    tool.refuse_existing(planned + tables, args.force)
    if args.uncertainty:
        texts = pictures.scales(len(inferencer.classes))
        text = json.dumps({name: texts[name] for name in folders if name in texts}, indent=2) + '\n'
        write_atomic(text.encode(), scales)
    rows = [['image', *inferencer.classes]]
    images_run = tool.ImageRun(inferencer, images)
    for name, prediction in images_run:
        save(prediction, {folder: args.out / folder / f'{name}.png' for folder in folders}, inferencer)
        if inferencer.has_presence:
            rows.append([name, *(f'{p:.4f}' for p in prediction.presence)])
    if inferencer.has_presence:
        tool.write_csv(rows, presence)
    print(f"{images_run.done} images: {', '.join([*folders, *(table.name for table in tables)])} in {args.out}")
    if not inferencer.has_presence:
        print('no presence.csv: this model has no classification head')
    if args.uncertainty and not inferencer.has_variance:
        print('no variance: this model has no UncertaintyHead')
    images_run.finish()
