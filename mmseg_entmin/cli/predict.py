# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Segments images: ``entmin predict FOLDER_OR_FILES --config CONFIG --checkpoint FILE --out DIR [options]``."""
import json
from argparse import Namespace
from pathlib import Path

import numpy as np

from mmseg_entmin.apis import EntMinInferencer, Prediction, UnreadableImage, pictures
from mmseg_entmin.apis.rasters import place
from mmseg_entmin.apis.tiles import SIDE, is_large, open_tiled
from mmseg_entmin.atomic import refuse_existing, write_atomic, write_csv
from mmseg_entmin.errors import errors_as_lines

from .image_run import ImageRun, open_images, open_inferencer, progress
from .predicted_files import GeoTiffs, save_pngs

MAPS = ('masks', 'entropy', 'variance')  # what GeoTIFF takes


def check_tiles(args: Namespace) -> None:
    """Refuses options that exclude each other."""
    if args.tile and args.format == 'png':
        raise ValueError(f'--tile {args.tile} --format png: tiles are written as GeoTIFF; leave one of them out')
    if (args.tile or 0) < 0 or (args.overlap or 0) < 0:
        raise ValueError('--tile and --overlap: give pixels, 0 or more')


class Plan:
    """Which images go in tiles, and the files of each, by folder."""

    def __init__(self, args: Namespace, images: dict[str, Path], inferencer: EntMinInferencer) -> None:
        self.folders = ['masks'] + ['overlays'] * args.overlay
        for name in ['entropy'] * args.uncertainty + ['variance'] * (args.uncertainty and inferencer.has_variance):
            self.folders += [name, f'{name}_colour']
        self.tiled = {name: path for name, path in images.items() if args.tile or (
            args.tile is None and args.format != 'png' and is_large(path, inferencer))}
        self.places = {name: place(path) if args.format != 'png' else None for name, path in images.items()}
        self.files = {name: {} for name in images}
        for name in images:
            raster = name in self.tiled or args.format == 'tif' or self.places[name] is not None
            for folder in self.folders:
                if not raster or (folder == 'overlays' and name not in self.tiled):
                    self.files[name][folder] = args.out / folder / f'{name}.png'
                elif folder in MAPS:
                    self.files[name][folder] = args.out / folder / f'{name}.tif'

    def of_format(self, name: str, suffix: str) -> dict[str, Path]:
        """The files of an image with a suffix, by folder."""
        return {folder: path for folder, path in self.files[name].items() if path.suffix == suffix}


def predict_whole(plan: Plan, inferencer: EntMinInferencer, run: ImageRun, presence: dict[str, np.ndarray]) -> None:
    """Writes the files of images that are read as a whole."""
    def save(name: str, prediction: Prediction) -> np.ndarray | None:
        rasters = plan.of_format(name, '.tif')
        if rasters:
            with GeoTiffs(rasters, prediction.labels.shape, plan.places[name], inferencer.palette) as files:
                files.write(prediction)
        save_pngs(prediction, plan.of_format(name, '.png'), inferencer)
        return prediction.presence

    presence.update(run.each(save))


def predict_tiled(plan: Plan, args: Namespace, run: ImageRun, presence: dict[str, np.ndarray]) -> None:
    """Writes the files of images that are read in tiles."""
    for name, path in plan.tiled.items():
        try:
            with open_tiled(run.inferencer, path, args.tile or SIDE, args.overlap) as image, \
                    GeoTiffs(plan.files[name], image.size, plan.places[name], run.inferencer.palette) as files:
                parts = iter(image)
                for _ in progress(image.tiles, len(image.tiles)):
                    row, column, prediction = next(parts)
                    files.write(prediction, row, column)
        except UnreadableImage as problem:
            run.note(problem)
            continue
        presence[name] = image.presence
        print(f'{name}: {image.size[1]} x {image.size[0]} pixels in {len(image.tiles)} tiles')


@errors_as_lines()
def main(args: Namespace) -> None:
    check_tiles(args)
    images = open_images(args)
    inferencer = open_inferencer(args, ('presence', *(('entropy', 'variance') if args.uncertainty else ())))
    plan = Plan(args, images, inferencer)
    csv, scales = args.out / 'presence.csv', args.out / 'scales.json'
    tables = [csv] * inferencer.has_presence + [scales] * args.uncertainty
    refuse_existing([path for files in plan.files.values() for path in files.values()] + tables, args.force)
    if args.uncertainty:
        texts = pictures.scales(len(inferencer.classes))
        rasters = {folder for name in images for folder in plan.of_format(name, '.tif')}
        texts = {name: text + '; GeoTIFF: the value itself, nan without data' * (name in rasters)
                 for name, text in texts.items()}
        text = json.dumps({name: texts[name] for name in plan.folders if name in texts}, indent=2) + '\n'
        write_atomic(text.encode(), scales)
    presence: dict[str, np.ndarray] = {}
    run = ImageRun(inferencer, images, plan.tiled)
    predict_whole(plan, inferencer, run, presence)
    predict_tiled(plan, args, run, presence)
    if inferencer.has_presence:
        rows = [[name, *(f'{p:.4f}' for p in presence[name])] for name in images if name in presence]
        write_csv([['image', *inferencer.classes], *rows], csv)
    print(f"{run.done} images: {', '.join([*plan.folders, *(table.name for table in tables)])} in {args.out}")
    if not inferencer.has_presence:
        print('no presence.csv: this model has no classification head')
    if args.uncertainty and not inferencer.has_variance:
        print('no variance: this model has no UncertaintyHead')
    if plan.tiled and args.overlay:
        print('no overlays of images in tiles')
    run.finish()
