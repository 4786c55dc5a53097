# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Measures how fast images are segmented, beside the network alone and mmseg's own inferencer.

    python -m benchmarks.cost.fast_accuracy --data DIR --only camvid --seeds 1   # trains the network
    python -m benchmarks.cost.prediction --data DIR                              # ten minutes on 2 quiet cores

DIR has camvid/. 64 validation images of 480 x 360 pixels, CamVid's network, one thread for the network. Each variant
runs in a process of its own, and the processes take turns, round by round, so that all see the same machine. Reading,
network and writing count, the start of the command does not. The record is ``records/prediction.csv``; the accuracy in
it, and the labels, are compared with those of MMSegInferencer.
"""
import argparse
import multiprocessing
import statistics
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.cost.prediction_runs import CONFIG, VARIANTS, serve
from benchmarks.cost.records import RECORDS, floats
from benchmarks.csv_rows import locked, read_rows, write_rows
from benchmarks.pages import markdown_table

RECORD, FRAMES, NEAR = 'prediction.csv', 64, 1e-4
TRAINED = Path('work_dirs/fast/entmin-deeplabv2_camvid_1-8-0/run/iter_150.pth')
ROW = dict(variant=str, torch=str, rounds=int, images=int, rate=float, quartiles=floats, cpu_rate=float, network=float,
           network_cpu=float, mmseg=float, mmseg_cpu=float, equal=float, apart=int, miou=float)
COLUMNS = tuple(ROW)
NETWORK, PEER = 'network alone', 'MMSegInferencer'
# Least share of the rate of the network alone and of MMSegInferencer, each at its best batch size.
TARGETS = {'labels': (0.95, 1.1), 'labels, entropy, variance': (0.85, None), 'labels, `--fast`': (None, 1.6)}


def measure(checkpoint: Path, frames: list[Path], rounds: int, out: Path) -> tuple[dict[str, list], str]:
    """Seconds of each round on the wall and of processors, by variant, and the version of torch."""
    context, seconds = multiprocessing.get_context('spawn'), {name: [] for name in VARIANTS}
    pipes = {}
    for place, name in enumerate(VARIANTS):
        pipes[name], other = context.Pipe()
        context.Process(target=serve, args=(other, name, checkpoint, frames, out / str(place)), daemon=False).start()
        other.close()
        version = pipes[name].recv()
    for number in range(rounds):
        for name, pipe in pipes.items():
            pipe.send('round')
            seconds[name].append(pipe.recv())
        print(f'round {number + 1} of {rounds}', flush=True)
    for pipe in pipes.values():
        pipe.close()
    return seconds, version


def ratio(mine: list, theirs: list, clock: int) -> float:
    """Median over the rounds of the ratio of two rates."""
    return statistics.median(b[clock] / a[clock] for a, b in zip(mine, theirs))


def masks_of(folder: Path, frames: list[Path]) -> np.ndarray:
    return np.stack([np.array(Image.open(folder / f'{path.stem}.png')) for path in frames])


def mean_iou(masks: np.ndarray, truth: np.ndarray, classes: int = 11) -> float:
    """In percent, over the classes that the images show."""
    known = truth < classes
    counts = np.bincount(truth[known].astype(int) * classes + masks[known], minlength=classes**2)
    counts = counts.reshape(classes, classes)
    union = counts.sum(0) + counts.sum(1) - counts.diagonal()
    return 100 * (counts.diagonal() / np.maximum(union, 1))[counts.sum(1) > 0].mean()


def margins(checkpoint: Path, frames: list[Path]) -> np.ndarray:
    """How far the probabilities of the two likeliest classes are apart, (frames, H, W)."""
    from mmseg_entmin.apis import EntMinInferencer
    found = EntMinInferencer(CONFIG, checkpoint, 'cpu', outputs=())(list(map(str, frames)), probabilities=True)
    return np.stack([np.subtract(*np.sort(each.probabilities, axis=0)[:-3:-1]) for each in found])


def rows_of(seconds: dict[str, list], version: str, checkpoint: Path, frames: list[Path], out: Path) -> list[dict]:
    """The rows of the record."""
    def rates(name: str, clock: int = 0) -> list[float]:
        return [len(frames) / each[clock] for each in seconds[name]]

    best = {kind: max((name for name in VARIANTS if name.startswith(kind)), key=lambda name: statistics.median(
        rates(name, 1))) for kind in (NETWORK, PEER)}
    folders = {name: out / str(place) / 'masks' for place, name in enumerate(VARIANTS)}
    peer, gap = masks_of(folders[best[PEER]], frames), margins(checkpoint, frames)
    truth = masks_of(frames[0].parents[2] / 'annotations' / frames[0].parent.name, frames)
    rows = []
    for name, each in seconds.items():
        low, median, high = statistics.quantiles(rates(name), n=4)
        row = dict(variant=name, torch=version, rounds=len(each), images=len(frames), rate=median,
                   quartiles=[low, high], cpu_rate=statistics.median(rates(name, 1)))
        for key, other in (('network', best[NETWORK]), ('mmseg', best[PEER])):
            row |= {key: ratio(each, seconds[other], 0), f'{key}_cpu': ratio(each, seconds[other], 1)}
        if folders[name].is_dir():
            masks = masks_of(folders[name], frames)
            differs = masks != peer
            row |= dict(equal=1 - differs.mean(), apart=int((gap[differs] >= NEAR).sum()), miou=mean_iou(masks, truth))
        rows.append(row)
    return rows


def table(records: Path = RECORDS) -> list[str]:
    """Lines of the table of docs/performance.md."""
    cells, missed = [], []
    rows = read_rows(records / RECORD, ROW)
    for row in rows:
        targets = TARGETS.get(row['variant'], (None, None))
        ratios = []
        for key, target in zip(('network', 'mmseg'), targets):
            said = '' if target is None else f" (target {target}: {'met' if row[key] >= target else 'missed'})"
            ratios.append(f'{row[key]:.2f}{said}')
            if target is not None and row[key] < target:
                missed.append(row['variant'])
        cells.append([row['variant'], f"{row['rate']:.1f} ({row['quartiles'][0]:.1f} to {row['quartiles'][1]:.1f})",
                      f"{row['cpu_rate']:.1f}", *ratios, f"{row['network_cpu']:.2f}",
                      f"{100 * row['equal']:.4f} %" if 'equal' in row else '',
                      str(row['apart']) if 'apart' in row else '', f"{row['miou']:.2f}" if 'miou' in row else ''])
    header = ['', 'images/s (quartiles)', 'images a processor second', 'x network', 'x MMSegInferencer',
              'x network, processor', 'equal labels', 'others apart', 'mIoU']
    return [*markdown_table(header, cells), '',
            f"{rows[0]['rounds']} rounds of {rows[0]['images']} images, CPU, torch {rows[0]['torch']}. "
            f"Targets missed: {'; '.join(dict.fromkeys(missed)) or 'none'}."]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, required=True, metavar='DIR')
    parser.add_argument('--checkpoint', type=Path, default=TRAINED, help='default: %(default)s')
    parser.add_argument('--rounds', type=int, default=9)
    parser.add_argument('--frames', type=int, default=FRAMES)
    parser.add_argument('--records', type=Path, default=RECORDS)
    args = parser.parse_args()
    if not args.checkpoint.is_file():
        raise SystemExit(f"error: no checkpoint '{args.checkpoint}'; train it, see --help, or give one by --checkpoint")
    frames = sorted((args.data / 'camvid/images/val').iterdir())[:args.frames]
    with tempfile.TemporaryDirectory() as out:
        seconds, version = measure(args.checkpoint, frames, args.rounds, Path(out))
        rows = rows_of(seconds, version, args.checkpoint, frames, Path(out))
    with locked(args.records):
        write_rows(args.records / RECORD, rows, COLUMNS)
    print(*table(args.records), sep='\n')


if __name__ == '__main__':
    main()
