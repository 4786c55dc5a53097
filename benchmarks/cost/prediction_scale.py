# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Many images: is one lost or made twice where a process is killed, and does memory grow with their number?

    python -m benchmarks.cost.prediction_scale killed --images 100000 --record   # minutes
    python -m benchmarks.cost.prediction_scale memory --record                   # 100 and 10,000 images, each command

`killed` shares the images between two processes, kills one (SIGKILL) after a third of its share, and lets it go on by
`--resume`. The network is a U-Net of width 8 with random weights, the images have 32 x 32 pixels; `--folder` says
where they are drawn. Records are in ``records/prediction_scale.csv``.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.cost.records import RECORDS
from benchmarks.csv_rows import locked, read_rows, write_rows
from benchmarks.pages import markdown_table

ROOT = Path(__file__).resolve().parents[2]
SIDE, RECORD = 32, 'prediction_scale.csv'
COMMANDS = {'predict': [], 'pseudo-label': [], 'rank': ['--count', '10', '--all-images']}
ROW = dict(measurement=str, command=str, images=int, missing=int, twice=int, unfinished=int)
COLUMNS = (*ROW, 'seconds', 'peak_mib')


def draw(folder: Path, count: int) -> Path:
    """Writes random images, if they are not there; returns their folder."""
    images = folder / f'images_{count}'
    images.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    for number in range(len(os.listdir(images)), count):
        Image.fromarray(generator.integers(0, 256, (SIDE, SIDE, 3), np.uint8)).save(
            images / f'{number:06}.png', compress_level=0)
    return images


def model(folder: Path) -> list[str]:
    """Options that name a network of random weights."""
    import torch
    from mmengine.config import Config
    from mmengine.registry import DefaultScope

    from mmseg_entmin.registry import MODELS
    config = ROOT / 'configs/entmin/unet_wbc_1-10.py'
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmseg'):
        network = MODELS.build(Config.fromfile(config).model)
    torch.save(dict(state_dict=network.state_dict(), meta={}), folder / 'model.pth')
    return ['--config', str(config), '--checkpoint', str(folder / 'model.pth'), '--device', 'cpu']


def start(command: str, images: Path, options: Sequence[str], out: Path) -> subprocess.Popen:
    """A process of its own, on one thread."""
    words = [sys.executable, '-m', 'entmin', command, str(images), *options, *COMMANDS[command], '--out', str(out)]
    env = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1', MKL_NUM_THREADS='1')
    return subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def end(process: subprocess.Popen) -> float:
    """Waits for a process to end well; returns its peak memory in MiB, or that of its largest worker."""
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f'error: {said[-2000:]}')
    return usage.ru_maxrss / 1024


def noted(out: Path) -> list[str]:
    """Names of the images that the processes have noted as done."""
    lines = [line for path in out.glob('.progress/*.jsonl') for line in path.read_text().splitlines()]
    return [json.loads(line)[0] for line in lines if line.startswith('[') and line.endswith(']')]


def killed(folder: Path, count: int) -> list[dict]:
    """Two processes, of which one is killed and goes on."""
    images, options, out = draw(folder, count), model(folder), folder / 'out'
    shutil.rmtree(out, ignore_errors=True)
    begun = time.perf_counter()
    first, second = (start('predict', images, [*options, '--shard', f'{number}/2'], out) for number in (1, 2))
    journal = out / '.progress/1-of-2.jsonl'
    while not journal.exists() or journal.read_bytes().count(b'\n') < count / 6:
        if first.poll() is not None:
            raise SystemExit(f'error: {first.stderr.read().decode()[-2000:]}')
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    end(second)
    done = noted(out)
    times = {name: (out / f'masks/{name}.png').stat().st_mtime_ns for name in done}
    unfinished = len(os.listdir(out / 'masks')) - len(done)  # written, but not noted; or half-written
    peak = end(start('predict', images, [*options, '--shard', '1/2', '--resume'], out))
    seconds = time.perf_counter() - begun
    names = {path.stem for path in images.iterdir()}
    rows = [line.split(',')[0] for line in (out / 'presence.csv').read_text().splitlines()[1:]]
    masks = os.listdir(out / 'masks')
    twice = sum((out / f'masks/{name}.png').stat().st_mtime_ns != before for name, before in times.items())
    missing = len(names - {Path(mask).stem for mask in masks}) + len(names - set(rows))
    extra = len(masks) + len(rows) - 2 * count + len(done) - len(set(done))
    return [dict(measurement='killed', command='predict', images=count, missing=missing, twice=twice + extra,
                 unfinished=unfinished, seconds=seconds, peak_mib=peak)]


def memory(folder: Path, commands: Sequence[str], counts: Sequence[int] = (100, 10000)) -> list[dict]:
    """Peak memory of each command for numbers of images."""
    options, rows = model(folder), []
    for command in commands:
        for count in counts:
            images, out = draw(folder, count), folder / 'out'
            shutil.rmtree(out, ignore_errors=True)
            begun = time.perf_counter()
            peak = end(start(command, images, options, out))
            rows.append(dict(measurement='memory', command=command, images=count, peak_mib=peak,
                             seconds=time.perf_counter() - begun))
            print(rows[-1], flush=True)
    return rows


def table(name: str, records: Path = RECORDS) -> list[str]:
    """Lines of a table of docs/performance.md: 'killed' or 'memory'."""
    rows = [row for row in read_rows(records / RECORD, ROW) if row['measurement'] == name]
    if name == 'killed':
        return markdown_table(['images', 'missing', 'made twice', 'written but not noted at the kill', 'minutes'], [
            [f"{row['images']:,}", *(str(row[key]) for key in ('missing', 'twice', 'unfinished')),
             f"{row['seconds'] / 60:.1f}"] for row in rows])
    cells = []
    for command in COMMANDS:
        few, many = sorted((row for row in rows if row['command'] == command), key=lambda row: row['images'])
        cells.append([f'`{command}`', f"{few['peak_mib']:.0f} MiB", f"{many['peak_mib']:.0f} MiB",
                      f"{many['peak_mib'] / few['peak_mib']:.3f}"])
    return markdown_table(['', f"{few['images']:,} images", f"{many['images']:,} images", 'ratio'], cells)


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('measurement', choices=['killed', 'memory'])
    parser.add_argument('--images', type=int, default=100000, help='of killed (default: %(default)s)')
    parser.add_argument('--commands', nargs='+', choices=COMMANDS, default=[*COMMANDS], help='of memory (default: all)')
    parser.add_argument('--folder', type=Path, help='for images and results (default: a temporary one)')
    parser.add_argument('--record', action='store_true', help='keep the measurement in benchmarks/cost/records')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        rows = killed(folder, args.images) if args.measurement == 'killed' else memory(folder, args.commands)
    print(*rows, sep='\n')
    if args.record:
        with locked(RECORDS):
            done = {(row['measurement'], row['command']) for row in rows}
            others = [row for row in read_rows(RECORDS / RECORD, ROW)
                      if (row['measurement'], row['command']) not in done]
            write_rows(RECORDS / RECORD, [*others, *rows], COLUMNS)


if __name__ == '__main__':
    main()
