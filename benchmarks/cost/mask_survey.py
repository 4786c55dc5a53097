# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Time and memory of a survey of many masks, as `entmin new-project` makes it: the classes of their values, and the
pixels of each class. Compares this clone with another commit, in turns:

    python -m benchmarks.cost.mask_survey --masks 10000 --against COMMIT --record

Masks are 1024 x 1024, of cells with nuclei, written as PNG by Pillow; a set of files is drawn and linked to the number
that is wanted. Each run is a process of its own, whose imports do not count. `--record` writes
``records/mask_survey.csv``.
"""
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.cost.records import RECORDS
from benchmarks.csv_rows import read_rows, write_rows

ROOT = Path(__file__).resolve().parents[2]
SIDE, DRAWN, CELLS = 1024, 100, 40
ROW = dict(masks=int, commit=str, round=int, seconds=float, cpu_seconds=float, process_mib=float)
MEASURED = ('seconds', 'cpu_seconds', 'process_mib')
# The run itself, without the saving; the first form is that of commits that decoded each mask twice.
RUN = """
import json, resource, sys, time
from pathlib import Path
import numpy as np
from mmseg_entmin.project import create
folder, classes = Path(sys.argv[1]), ['background', 'cell', 'nucleus']
old = hasattr(create, 'read_masks')
if not old:
    from mmseg_entmin.project.code_tables import Meaning
    from mmseg_entmin.project.layers import find_layers
    from mmseg_entmin.project.masks import read_masks
start, cpu = time.perf_counter(), time.process_time()
if old:
    masks = create.read_masks(folder, None, classes, [], None, False)
    pixels = np.stack([np.bincount(masks.labels(name).ravel(), minlength=256) for name in sorted(masks.paths)])
else:
    pixels, borders = read_masks(find_layers(folder, []), Meaning(classes)).counted()
children = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps(dict(
    seconds=time.perf_counter() - start, cpu_seconds=time.process_time() - cpu + children.ru_utime + children.ru_stime,
    process_mib=max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children.ru_maxrss) / 1024,
    pixels=pixels.sum(axis=0)[:3].tolist())))
"""


def draw(generator: np.random.Generator) -> np.ndarray:
    """A mask of cells with nuclei, of values 0, 128 and 255, (SIDE, SIDE)."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for _ in range(CELLS):
        radius = int(generator.integers(15, 60))
        row, column = generator.integers(radius, SIDE - radius, 2)
        rows, columns = np.mgrid[-radius:radius, -radius:radius]
        waves = sum(np.cos(order * np.arctan2(rows, columns) + generator.uniform(0, 6)) for order in (2, 3, 5))
        distance = np.hypot(rows, columns) / (radius * (0.7 + 0.05 * waves))
        part = mask[row - radius:row + radius, column - radius:column + radius]
        part[distance < 1] = 128
        part[distance < 0.5] = 255
    return mask


def write_masks(folder: Path, count: int) -> None:
    """`count` masks, of which the first are drawn and the others links to them."""
    generator = np.random.default_rng(0)
    for number in range(count):
        path = folder / f'{number:05d}.png'
        if number < DRAWN:
            Image.fromarray(draw(generator)).save(path)
        else:
            os.link(folder / f'{number % DRAWN:05d}.png', path)


def check_out(commit: str, folder: Path) -> Path:
    """The clone as it was in a commit."""
    packed = subprocess.run(['git', 'archive', commit], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter='data')
    return folder


def run(clone: Path, masks: Path) -> dict:
    """Seconds, processor seconds and memory of one survey."""
    environment = dict(os.environ, PYTHONPATH=str(clone), OMP_NUM_THREADS='1')
    result = subprocess.run([sys.executable, '-W', 'ignore', '-c', RUN, str(masks)], env=environment, cwd=masks,
                            check=True, capture_output=True, text=True)
    return json.loads(result.stdout.splitlines()[-1])


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument('--masks', type=int, default=1000, metavar='N', help='number of masks (default: %(default)s)')
    parser.add_argument('--against', metavar='COMMIT', help='the other commit (default: this clone alone)')
    parser.add_argument('--rounds', type=int, default=2, metavar='N', help='runs of each (default: %(default)s)')
    parser.add_argument('--record', action='store_true', help='write records/mask_survey.csv')
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        masks, other = Path(place, 'masks'), Path(place, 'other')
        masks.mkdir(), other.mkdir()
        write_masks(masks, args.masks)
        clones = {args.against: check_out(args.against, other)} if args.against else {}
        clones['this'] = ROOT
        for number in range(args.rounds):
            for name, clone in clones.items():  # in turns
                row = dict(masks=args.masks, commit=name, round=number, **run(clone, masks))
                print(row, flush=True)
                rows.append(row)
    if len({tuple(row.pop('pixels')) for row in rows}) > 1:
        raise SystemExit('error: the surveys differ in their pixels')
    best = {name: min((row for row in rows if row['commit'] == name), key=lambda row: row['seconds'])
            for name in clones}
    for key in MEASURED if args.against else ():
        print(f"{key}: {best['this'][key]:.1f} against {best[args.against][key]:.1f}, "
              f"{best['this'][key] / best[args.against][key]:.2f}")
    if args.record:
        path = RECORDS / 'mask_survey.csv'
        kept = [row for row in (read_rows(path, ROW) if path.is_file() else []) if row['masks'] != args.masks]
        rounded = [{**row, **{key: round(row[key], 1) for key in MEASURED}} for row in rows]
        write_rows(path, sorted([*kept, *rounded], key=lambda row: row['masks']), list(ROW))


if __name__ == '__main__':
    main()
