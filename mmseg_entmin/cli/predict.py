# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Segments images: ``entmin predict FOLDER_OR_FILES --config CONFIG --checkpoint FILE --out DIR [options]``."""
import json
from argparse import Namespace
from pathlib import Path

import numpy as np

from mmseg_entmin.apis import EntMinInferencer, Prediction, UnreadableImage, pictures
from mmseg_entmin.apis.rasters import place
from mmseg_entmin.apis.tiles import SIDE, is_large, open_tiled
from mmseg_entmin.atomic import write_atomic, write_csv
from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.words import amount

from .image_run import ImageRun, open_images, open_inferencer, progress
from .predicted_files import GeoTiffs, save_pngs

MAPS = ('masks', 'entropy', 'variance')  # what GeoTIFF takes
OPTIONS = ('overlay', 'uncertainty', 'tile', 'overlap', 'format')


def check_tiles(args: Namespace) -> None:
    """Refuses options that exclude each other."""
    if args.tile and args.format == 'png':
        raise ValueError(f'--tile {args.tile} --format png: tiles are written as GeoTIFF; leave one of them out')
    if (args.tile or 0) < 0 or (args.overlap or 0) < 0:
        raise ValueError('--tile and --overlap: give pixels, 0 or more')


class Plan:
    """Which images go in tiles, and the files of each, by folder."""

    def __init__(self, args: Namespace, images: dict[str, Path], inferencer: EntMinInferencer) -> None:
        self.args = args
        self.folders = ['masks'] + ['overlays'] * args.overlay
        for name in ['entropy'] * args.uncertainty + ['variance'] * (args.uncertainty and inferencer.has_variance):
            self.folders += [name, f'{name}_colour']
        self.tiled = {name: path for name, path in images.items() if args.tile or (
            args.tile is None and args.format != 'png' and is_large(path, inferencer))}
        places = ((name, place(path)) for name, path in images.items() if args.format != 'png')
        self.places = {name: where for name, where in places if where is not None}

    def files(self, name: str, *suffixes: str) -> dict[str, Path]:
        """The files of an image by folder, of these suffixes. Default: all."""
        raster = name in self.tiled or self.args.format == 'tif' or name in self.places
        found = {}
        for folder in self.folders:
            if not raster or (folder == 'overlays' and name not in self.tiled):
                found[folder] = self.args.out / folder / f'{name}.png'
            elif folder in MAPS:
                found[folder] = self.args.out / folder / f'{name}.tif'
        return {folder: path for folder, path in found.items() if not suffixes or path.suffix in suffixes}


def predict_whole(plan: Plan, inferencer: EntMinInferencer, run: ImageRun) -> None:
    """Writes the files of images that are read as a whole."""
    def save(name: str, prediction: Prediction) -> tuple[list[str], None]:
        rasters = plan.files(name, '.tif')
        if rasters:
            with GeoTiffs(rasters, prediction.labels.shape, plan.places.get(name), inferencer.palette) as files:
                files.write(prediction)
        save_pngs(prediction, plan.files(name, '.png'), inferencer)
        return row_of(prediction.presence), None

    for _ in run.each(save, plan.tiled):
        pass


def predict_tiled(plan: Plan, args: Namespace, run: ImageRun) -> None:
    """Writes the files of images that are read in tiles."""
    for name in filter(plan.tiled.__contains__, run.todo):
        try:
            with open_tiled(run.inferencer, plan.tiled[name], args.tile or SIDE, args.overlap) as image, \
                    GeoTiffs(plan.files(name), image.size, plan.places.get(name), run.inferencer.palette) as files:
                parts = iter(image)
                for _ in progress(image.tiles, len(image.tiles)):
                    row, column, prediction = next(parts)
                    files.write(prediction, row, column)
        except UnreadableImage as problem:
            run.note(problem, name)
            continue
        run.note_done(name, row_of(image.presence))
        print(f'{name}: {image.size[1]} x {image.size[0]} pixels in {amount(len(image.tiles), "tile")}')


def row_of(presence: np.ndarray | None) -> list[str]:
    """The cells of an image in presence.csv."""
    return [] if presence is None else [f'{p:.4f}' for p in presence]


def write_scales(path: Path, plan: Plan, inferencer: EntMinInferencer, images: dict[str, Path]) -> None:
    """Writes what the values of the maps of all images mean."""
    files = (Plan(plan.args, {name: image}, inferencer).files(name, '.tif') for name, image in images.items())
    rasters = next(filter(None, files), {})  # others are of the same maps
    texts = {name: text + '; GeoTIFF: the value itself, nan without data' * (name in rasters)
             for name, text in pictures.scales(len(inferencer.classes)).items() if name in plan.folders}
    text = json.dumps({name: texts[name] for name in plan.folders if name in texts}, indent=2) + '\n'
    write_atomic(text.encode(), path)


@errors_as_lines()
def main(args: Namespace) -> None:
    check_tiles(args)
    images = open_images(args)
    segment(args, images, open_inferencer(args, outputs_of(args)))


def outputs_of(args: Namespace) -> tuple[str, ...]:
    """What is written beside the labels."""
    return ('presence', *(('entropy', 'variance') if args.uncertainty else ()))


def segment(args: Namespace, images: dict[str, Path], inferencer: EntMinInferencer) -> None:
    """Writes the results of this process's share of the images, and as the last process the tables."""
    run = ImageRun(args, inferencer, images, OPTIONS)
    plan = Plan(args, {name: images[name] for name in (images if run.resumed else run.own)}, inferencer)
    csv, scales = args.out / 'presence.csv', args.out / 'scales.json'
    tables = [csv] * inferencer.has_presence + [scales] * args.uncertainty
    run.begin(lambda name: plan.files(name).values(), tables)
    predict_whole(plan, inferencer, run)
    predict_tiled(plan, args, run)
    rows = run.all_rows()
    if rows is not None:
        if inferencer.has_presence:
            write_csv([['image', *inferencer.classes], *([name, *row] for name, row in rows.items())], csv)
        if args.uncertainty:
            write_scales(scales, plan, inferencer, {name: images[name] for name in rows})
        run.journal.finish(run.noted)
        written = ', '.join([*plan.folders, *(table.name for table in tables)])
        print(f'{amount(len(rows), "image")}: {written} in {args.out}')
    if not inferencer.has_presence:
        print('no presence.csv: this model has no classification head')
    if args.uncertainty and not inferencer.has_variance:
        print('no variance: this model has no UncertaintyHead')
    if plan.tiled and args.overlay:
        print('no overlays of images in tiles')
    run.finish()
