# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Time and memory of commands up to their first result, and of the first training step with long lists of images.

    python -m benchmarks.cost.start_up --against COMMIT --record

Compares this clone with another commit, in turns. Each run is a process of its own on one thread, and counts with its
imports: `predict` of one image, `check-data` and `new-project` of 88 small images, a training of one step with its
validation. Then the same training, of this clone alone, with 1,000, 200,000 and 1,000,000 unlabeled images, which are
links to a few files. Files are read once before, so that the disk does not count. `--record` writes
``records/start_up.csv``.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from statistics import median

from benchmarks.cost.mask_survey import check_out
from benchmarks.cost.records import RECORDS
from benchmarks.csv_rows import read_rows, write_rows
from benchmarks.pages import markdown_table
from mmseg_entmin.datasets.toycells import generate

ROOT = Path(__file__).resolve().parents[2]
RECORD = 'start_up.csv'
KINDS = dict(command=str, commit=str, round=int)
COLUMNS = (*KINDS, 'cpu_seconds', 'seconds', 'process_mib')
LISTS = (1_000, 200_000, 1_000_000)
LINKS = 50_000  # links to one file; ext4 allows 65,000
CONFIG = """
_base_ = {base!r}
train_cfg = dict(max_iters=1, val_interval=1)
train_dataloader = dict(dataset=dict(unlabeled=dict(ann_file={unlabeled!r})))
"""
MEASURE = """
import os, sys, time
start = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_DUP2, 2, 1)]), 0)
print(status, usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024)
"""
COMMANDS = {  # of a clone, in a folder that has cells/, masks/, short.py and model.pth
    '--help': 'train --help',
    'a wrong option': 'train --no-such-option',
    'predict, 1 image': 'predict --config short.py --checkpoint model.pth cells/images/000.png --out predicted --force',
    'check-data': 'check-data short.py --data-root cells',
    'new-project': 'new-project cells/images masks --out project --classes background cytoplasm nucleus '
                   '--base {clone}/configs/supervised/unet_toycells_1-10.py --no-pretrained --force',
    'train, 1 step': 'train short.py --data-root cells --work-dir run'}


def prepare(folder: Path, clone: Path) -> None:
    """Cells, masks of a few of them, a config and a model, in a new folder."""
    generate(folder / 'cells', num_train=80, num_test=8)
    (folder / 'masks').mkdir(parents=True)
    for path in sorted((folder / 'cells' / 'annotations').iterdir())[:10]:
        os.link(path, folder / 'masks' / path.name)
    write_config(folder / 'short.py', clone, 'splits/1-10_unlabeled.txt')
    run('train short.py --data-root cells --work-dir run', clone, folder)
    (folder / 'run' / 'iter_1.pth').rename(folder / 'model.pth')


def write_config(path: Path, clone: Path, unlabeled: str) -> None:
    base = clone / 'configs' / 'entmin' / 'unet_toycells_1-10.py'
    path.write_text(CONFIG.format(base=str(base), unlabeled=unlabeled))


def link_images(cells: Path, count: int) -> str:
    """Makes `count` links to unlabeled images and a list of them; its path relative to `cells`."""
    names = [f'u{number:07d}' for number in range(count)]
    for number, path in enumerate(cells / 'images' / f'{name}.png' for name in names):
        if number % LINKS == 0:
            source = path
            shutil.copy(cells / 'images' / '000.png', source)
        else:
            os.link(source, path)
    (cells / 'splits' / f'{count}.txt').write_text('\n'.join(names) + '\n')
    return f'splits/{count}.txt'


def run(command: str, clone: Path, folder: Path) -> dict:
    """Processor seconds, seconds and memory of a command of a clone.

    Raises:
        SystemExit: it failed, and is not the wrong option.
    """
    name, *options = command.format(clone=clone).split()
    tool = clone / 'tools' / f"{name.replace('-', '_')}.py"
    # a small process in between: on Linux the peak memory of a process begins with that of its parent
    result = subprocess.run([sys.executable, '-S', '-c', MEASURE, sys.executable, '-W', 'ignore', str(tool), *options],
                            cwd=folder, capture_output=True, text=True,
                            env=dict(os.environ, PYTHONPATH=str(clone), OMP_NUM_THREADS='1'))
    status, cpu_seconds, seconds, process_mib = map(float, result.stdout.split())
    if status and command != COMMANDS['a wrong option']:
        raise SystemExit(f"error: {tool} {' '.join(options)} failed:\n{result.stderr}")
    return dict(cpu_seconds=round(cpu_seconds, 2), seconds=round(seconds, 2), process_mib=round(process_mib))


def table(records: Path = RECORDS) -> list[str]:
    """Lines of the table: medians over the rounds."""
    rows = read_rows(records / RECORD, KINDS)
    out = []
    for command in dict.fromkeys(row['command'] for row in rows):
        mine, other = ([row for row in rows if row['command'] == command and (row['commit'] == 'this') == this]
                       for this in (True, False))
        seconds, memory = ([median(row[key] for row in part) for part in (mine, other) if part]
                           for key in ('cpu_seconds', 'process_mib'))
        out.append([f'`{command}`' if command.startswith('--') else command, f'{seconds[0]:.2f}',
                    *((f'{seconds[1]:.2f}', f'{seconds[0] / seconds[1]:.2f}') if other else ('', '')),
                    f'{memory[0]:.0f}'])
    return markdown_table(['command', 's of the processor', 'before', 'ratio', 'MiB'], out)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument('--against', metavar='COMMIT', help='the other commit (default: this clone alone)')
    parser.add_argument('--rounds', type=int, default=3, metavar='N', help='runs of each (default: %(default)s)')
    parser.add_argument('--record', action='store_true', help=f'write records/{RECORD}')
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        clones = {'this': ROOT}
        if args.against:
            clones[args.against] = check_out(args.against, Path(place, 'other'))
        for name, clone in clones.items():
            prepare(Path(place, name + '-files'), clone)
        runs = [(label, command, name) for label, command in COMMANDS.items() for name in clones]
        folder = Path(place, 'this-files')
        for count in LISTS:
            cells = generate(folder / f'cells{count}', num_train=80, num_test=8)
            write_config(folder / f'{count}.py', ROOT, link_images(cells, count))
            runs.append((f'train, 1 step, {count:,} unlabeled images',
                         f'train {count}.py --data-root {cells} --work-dir run{count}', 'this'))
        for number in range(args.rounds + 1):  # the first reads the files
            for label, command, name in runs:
                row = dict(command=label, commit=name, round=number - 1,
                           **run(command, clones[name], Path(place, name + '-files')))
                print(row, flush=True)
                rows += [row] if number else []
    if args.record:
        write_rows(RECORDS / RECORD, rows, COLUMNS)


if __name__ == '__main__':
    main()
