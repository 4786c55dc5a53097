# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks to each format of annotation tools and back, by this package and by the libraries of the tools.

    python -m benchmarks.annotations.round_trip --envs FOLDER --data data     # ten minutes on a CPU core

The libraries of the tools need other versions of numpy and OpenCV than this package, or replace them, so that each has
an environment of its own, made in FOLDER. The records are in round_trip.csv, and the table in docs/annotate.md.
"""
import argparse
import json
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from benchmarks.annotations.page import COLUMNS, TRIPS, WAYS, write_page
from benchmarks.csv_rows import write_rows
from mmseg_entmin.project.annotations.export import Annotated, Region, draw
from mmseg_entmin.project.annotations.registry import recognise
from mmseg_entmin.project.annotations.writers import FORMATS, open_writer
from mmseg_entmin.project.annotations.writing import Labels, Picture, regions_of
from mmseg_entmin.project.palette import default_palette

PINS = {'coco': 'pycocotools==2.0.11', 'cvat': 'datumaro==1.13.12', 'label-studio': 'label-studio-sdk==2.1.2',
        'labelme': 'labelme==6.3.1'}
CAMVID = ('sky', 'building', 'pole', 'road', 'pavement', 'tree', 'sign', 'fence', 'car', 'pedestrian', 'cyclist')
WBC = ('background', 'cytoplasm', 'nucleus')
HARD = ('background', 'cell', 'line', 'dust & "<\u00e4>"')
Regions = dict[str, list[Region]]  # by image


def hard_cases(count: int = 4) -> Regions:
    """Objects with holes, lines of one pixel, overlaps, single pixels, and a region of the whole image."""
    rng, found, (height, width) = np.random.default_rng(0), {}, (120, 160)
    for number in range(count):
        ring, cross, square, dust, all_over = (np.zeros((height, width), bool) for _ in range(5))
        ring[10:90, 10:90], ring[30:50, 30:50], ring[60, 40:80] = True, False, False
        cross[rng.integers(height)], cross[:, rng.integers(width)] = True, True
        np.fill_diagonal(cross, True)
        square[40:100, 60:150] = True
        dust[:] = rng.random(dust.shape) < 0.02
        all_over[:] = True
        regions = [Region('cell', ring), Region('line', cross), Region('cell', square), Region(HARD[3], dust)]
        found[f'hard{number}'] = regions if number else [Region('line', all_over), *regions]
    return found


def sample(folder: Path, names: Sequence[str], first: int, count: int) -> Regions:
    """The regions of every so many mask of a data set."""
    paths = sorted((folder / 'annotations').rglob('*.png'))
    return {path.stem: regions_of(np.array(Image.open(path)), names, first)
            for path in paths[::max(1, len(paths) // count)][:count]}


def interpreters(folder: Path) -> dict[str, str]:
    """The Python of each tool, in environments that are made where they do not exist."""
    found = {}
    for form, pin in PINS.items():
        home = folder / pin
        if not (home / 'ready').exists():
            venv.create(home, with_pip=True, clear=True)
            subprocess.run([home / 'bin/python', '-m', 'pip', 'install', '-q', pin, 'pillow'], check=True)
            (home / 'ready').touch()
        found[form] = str(home / 'bin/python')
    return found


def by_tool(python: str, mode: str, form: str, folder: Path, regions: Path) -> str:
    """Runs by_tool.py; returns the version of the tool's library."""
    done = subprocess.run([python, str(Path(__file__).with_name('by_tool.py')), mode, form, str(folder), str(regions)],
                          check=True, capture_output=True, text=True)
    return done.stdout.split()[-1]


def save(regions: Regions, folder: Path) -> None:
    folder.mkdir(parents=True)
    for image, own in regions.items():
        np.savez_compressed(folder / image, names=np.array([name for name, _ in own], dtype=str),
                            masks=np.array([shown for _, shown in own], dtype=bool))


def load(folder: Path) -> Regions:
    found = {}
    for path in folder.glob('*.npz'):
        with np.load(path) as data:
            found[path.stem] = [Region(*pair) for pair in zip(data['names'].tolist(), data['masks'])]
    return found


def ours(folder: Path) -> Regions:
    """What the readers of this package find in a folder."""
    for path in folder.glob('tasks.json'):  # what Label Studio makes of predictions when a person accepts them
        tasks = [dict(id=number, data=task['data'], annotations=task['predictions'])
                 for number, task in enumerate(json.loads(path.read_text(encoding='utf-8')), start=1)]
        path.write_text(json.dumps(tasks))
    export = recognise(folder)
    return {Path(name).stem: [*annotated.regions()] for name, annotated in export.images.items()}


def images_of(regions: Regions, folder: Path) -> None:
    """Black images of the right sizes."""
    folder.mkdir(parents=True)
    for image, own in regions.items():
        Image.fromarray(np.zeros(own[0].shown.shape, np.uint8)).save(folder / f'{image}.png')


def score(regions: Regions, back: Regions, names: Sequence[str]) -> dict:
    """How many regions and how large a share of the pixels of the drawn labels come back as they were."""
    exact = same = pixels = 0
    for image, own in regions.items():
        found = back.get(image, [])
        exact += sum(a.name == b.name and np.array_equal(a.shown, b.shown) for a, b in zip(own, found))
        size = own[0].shown.shape[::-1]
        before, after = (draw(Annotated(size, lambda each=each: iter(each)), names).labels for each in (own, found))
        same, pixels = same + int((before == after).sum()), pixels + before.size
    return dict(images=len(regions), regions=sum(map(len, regions.values())), exact_regions=exact,
                agreement=round(same / pixels, 6))


def trips(form: str, python: str, regions: Regions, names: Sequence[str], place: Path) -> Iterator[dict]:
    """The ways of one data set in one format."""
    labels = Labels(list(names), default_palette(len(names)))
    here, there = place / 'here', place / 'there'
    for folder in (here, there):
        images_of(regions, folder / 'images')
    writer = open_writer(form, here, labels, here / 'images')
    for image, own in regions.items():
        writer.add(Picture(here / 'images' / f'{image}.png', f'{image}.png', own[0].shown.shape[::-1], own))
    writer.finish()
    (place / 'read').mkdir()
    version = by_tool(python, 'read', form, here, place / 'read')
    save(regions, place / 'regions')
    by_tool(python, 'write', form, there, place / 'regions')
    results = load(place / 'read'), ours(here), ours(there)
    for way, back in zip(WAYS, results):
        yield dict(format=form, tool=PINS[form].split('==')[0], version=version, way=way, **score(regions, back, names))


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--envs', type=Path, required=True, help='folder of the environments of the tools')
    parser.add_argument('--data', type=Path, default=Path('data'), help='folder with wbc1 and camvid')
    parser.add_argument('--images', type=int, default=20, help='images of each data set (default: %(default)s)')
    args = parser.parse_args(argv)
    sets = {'white blood cells': (sample(args.data / 'wbc1', WBC, 1, args.images), WBC),
            'CamVid': (sample(args.data / 'camvid', CAMVID, 0, args.images), CAMVID),
            'holes, lines, overlaps': (hard_cases(), HARD)}
    rows = []
    pythons = interpreters(args.envs)
    for form in FORMATS:
        for data, (regions, names) in sets.items():
            with TemporaryDirectory() as place:
                rows += [dict(row, data=data) for row in trips(form, pythons[form], regions, names, Path(place))]
            print(*rows[-3:], sep='\n', file=sys.stderr)
    write_rows(TRIPS, rows, COLUMNS)
    write_page()


if __name__ == '__main__':
    main()
