# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``entmin compare`` on public data sets: from `entmin new-project` to the sentence, with the time that it takes.

    python -m benchmarks.compare.public wbc --wbc data/wbc1 --jobs 2
    python -m benchmarks.compare.public crackforest cwfid --rare data/rare --jobs 2

data/wbc1 is what `tools/dataset_converters/wbc.py` writes, data/rare what `benchmarks.rare.prepare` writes. The records
are table.csv and results.csv of each comparison, and a row in public.csv. A command that was stopped goes on where it
was.
"""
import argparse
import csv
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.csv_rows import locked, read_rows, write_rows
from benchmarks.pages import ROOT, markdown_table
from mmseg_entmin.compare.methods import label
from mmseg_entmin.compare.plan import load_plan
from mmseg_entmin.datasets.splits import read_list

RECORDS = Path(__file__).with_name('records')
RECORD = RECORDS / 'public.csv'
BASE = ROOT / 'configs' / 'supervised' / 'unet_wbc_1-10.py'
KINDS = {**dict.fromkeys(('data', 'budget', 'sentence', 'more'), str),
         **dict.fromkeys(('masks', 'unlabeled', 'folds', 'seeds', 'iters', 'runs', 'failed', 'jobs'), int)}
COLUMNS = ('data', 'masks', 'unlabeled', 'folds', 'seeds', 'iters', 'runs', 'failed', 'budget', 'jobs', 'minutes',
           'cpu_minutes', 'sentence', 'more')


@dataclass(frozen=True)
class Data:
    """A data set: its name in the table, further options of `entmin new-project`, and the budget."""

    title: str
    options: Sequence[str]
    budget: str


DATA = dict(
    wbc=Data('WBC', ['--classes', 'background', 'cytoplasm', 'nucleus', '--any-orientation'], '14m'),
    crackforest=Data('CrackForest', ['--classes', 'background', 'crack'], '12m'),
    cwfid=Data('CWFID', ['--classes', 'background', 'crop', 'weed', '--any-orientation'], '16m'))


def copy_wbc(source: Path, out: Path) -> None:
    """The training images, and the masks of a third of them."""
    for folder, names, origin in (('images', 'train', 'images'), ('few', '1-3_labeled', 'annotations')):
        (out / folder).mkdir(parents=True, exist_ok=True)
        for name in read_list(source / 'splits' / f'{names}.txt'):
            shutil.copyfile(source / origin / f'{name}.png', out / folder / f'{name}.png')


def entmin(*words: object) -> str:
    """Runs a command of ``entmin``; what it prints."""
    done = subprocess.run([sys.executable, '-m', 'entmin', *map(str, words)], stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 3):  # 3: a run failed, and the others are done
        raise SystemExit(done.returncode)
    return done.stdout


def measure(name: str, source: Path, work_dir: Path, jobs: int) -> dict:
    """Makes the project, compares, and copies the tables; the row of public.csv."""
    data, project = DATA[name], work_dir / name / 'project'
    clock = project / 'compare' / 'clock.json'
    earlier = json.loads(clock.read_text())['seconds'] if clock.is_file() else 0.
    begun = time.monotonic()
    if not (project / 'project_semi.py').is_file():
        print(entmin('new-project', source / 'images', source / 'few', '--out', project, '--base', BASE, *data.options))
    said = entmin('compare', project, '--budget', data.budget, '--jobs', jobs)
    minutes = (earlier + time.monotonic() - begun) / 60
    print(said)
    for file in ('table.csv', 'results.csv'):
        shutil.copyfile(project / 'compare' / file, RECORDS / f'public_{name}_{file}')
    plan = load_plan(project / 'compare')
    rows = read_table(f'public_{name}_results.csv')
    # the sentence, and what there is to add, stand between the table and the path of the page
    sentence, *more = said.rpartition('+\n')[2].strip().partition('\n\n')[0].splitlines()
    lists = [len(read_list(project / 'splits' / f'{kind}.txt')) for kind in ('labeled', 'val', 'unlabeled')]
    return dict(data=name, masks=lists[0] + lists[1], unlabeled=lists[2], folds=plan.folds, seeds=plan.seeds,
                iters=plan.iters, runs=len(rows), failed=sum(row['state'] == 'failed' for row in rows),
                budget=data.budget, jobs=jobs, minutes=round(minutes, 1),
                cpu_minutes=round(sum(float(row['cpu_seconds']) for row in rows if row['cpu_seconds']) / 60, 1),
                sentence=sentence, more=' '.join(more) or None)


def read_table(name: str) -> list[dict]:
    with open(RECORDS / name, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def table(record: Path = RECORD) -> list[str]:
    """The lines of docs/compare.md: the sentence of each data set, and a row for each of its methods."""
    lines, rows = [], []
    for row in sorted(read_rows(record, KINDS), key=lambda row: [*DATA].index(row['data'])):
        name, title = row['data'], DATA[row['data']].title
        lines += [f"- **{title}**, {row['masks']} masks and {row['unlabeled']} unlabeled images: "
                  f"*{row['sentence']}*{' *' + row['more'] + '*' if 'more' in row else ''} {row['runs']} runs of "
                  f"{row['iters']} iterations, {row['minutes']:.0f} minutes from `entmin new-project` on with "
                  f"`--budget {row['budget']} --jobs {row['jobs']}`, in which the runs took {row['cpu_minutes']:.0f} "
                  'minutes of a processor.']
        rows += [[title, *method_row(one)] for one in read_table(f'public_{name}_table.csv')]
    if not lines:
        return ['(not run yet)']
    return [*lines, '', *markdown_table(('data', 'method', 'mIoU', 'difference', '95 % of all', 'runs', 'by class'),
                                        rows)]


def method_row(row: dict) -> list[str]:
    """Cells of a method: mIoU, the difference to the first row, its interval, and the differences of the classes."""
    def number(key: str, form: str) -> str:
        return f'{float(row[key]):{form}}' if row[key] else ''

    classes = [key.removeprefix('difference of ') for key in row if key.startswith('difference of ')]
    parts = [f"{name} {number(f'difference of {name}', '+.1f')}" for name in classes if row[f'difference of {name}']]
    runs = row['runs'] + (f", dropped after {row['dropped']}" if row['dropped'] else '') + (
        f", {row['failed']} failed" if int(row['failed']) else '')
    interval = f"{number('low', '+.1f')} to {number('high', '+.1f')}" if row['low'] else ''
    return [label(row['method']), number('mIoU', '.1f'), number('difference', '+.1f'), interval, runs, ', '.join(parts)]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('data', nargs='+', choices=DATA)
    parser.add_argument('--wbc', type=Path, metavar='DIR')
    parser.add_argument('--rare', type=Path, metavar='DIR')
    parser.add_argument('--work-dir', type=Path, default=ROOT / 'work_dirs' / 'public')
    parser.add_argument('--jobs', type=int, default=1, help='runs at a time')
    args = parser.parse_args(argv)
    for name in args.data:
        origin = args.wbc if name == 'wbc' else args.rare
        if origin is None:
            parser.error(f"{name}: give its folder with {'--wbc' if name == 'wbc' else '--rare'}")
        source = args.work_dir / name / 'source' if name == 'wbc' else origin / name
        if name == 'wbc':
            copy_wbc(origin, source)
        row = measure(name, source, args.work_dir, args.jobs)
        with locked(RECORDS):
            others = [other for other in read_rows(RECORD, KINDS) if other['data'] != name]
            write_rows(RECORD, [*others, row], COLUMNS)


if __name__ == '__main__':
    main()
