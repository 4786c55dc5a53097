# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trials of what can go wrong in a training: ``make faults``.

    python -m tests.stress.faults               # all parts
    python -m tests.stress.faults kills ranks   # some of them
    python -m tests.stress.faults --table       # only fills in the table of docs/reliability.md

Each part records its trials in records/trials.csv; the table of docs/reliability.md comes from these records alone.
"""
import argparse
import importlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.csv_rows import locked, read_rows, write_rows
from benchmarks.pages import ROOT, fill, markdown_table

TRIALS = Path(__file__).parent / 'records' / 'trials.csv'
COLUMNS = dict(part=str, part_seconds=float, name=str, tried=int, passed=int, note=str)
PARTS = dict(
    kills='Killed and resumed', ranks='Several processes', disk='Disks and files', malformed='Malformed inputs',
    fuzz='Losses and heads on generated inputs')


def table(trials: list[dict]) -> list[str]:
    """Lines of the table of all parts; a part without trials is a line "not run"."""
    rows = []
    for part, title in PARTS.items():
        mine = [trial for trial in trials if trial['part'] == part]
        if not mine:
            rows.append([f'**{title}**', '', '', 'not run'])
            continue
        tried, passed = (sum(trial[key] for trial in mine) for key in ('tried', 'passed'))
        rows.append([f"**{title}** (`python -m tests.stress.faults {part}`, {mine[0]['part_seconds']:.0f} s)",
                     f'**{tried}**', f'**{passed}**', ''])
        rows += [[str(trial.get(key, '')).replace('|', '\\|').replace('\n', ' ')
                  for key in ('name', 'tried', 'passed', 'note')] for trial in mine]
    return markdown_table(['what was done', 'tried', 'passed', 'what happened'], rows)


def write_page(page: Path, trials: Path = TRIALS) -> None:
    """Fill in the table of a page, whose name there is "trials"."""
    fill(page, lambda name: {'trials': table(read_rows(trials, COLUMNS))}[name])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description='Make the trials of docs/reliability.md and record them.')
    parser.add_argument('parts', nargs='*', metavar='PART', help=f"some of {', '.join(PARTS)} (default: all)")
    parser.add_argument('--table', action='store_true', help='only fill in the table of docs/reliability.md')
    args = parser.parse_args(argv)
    unknown = [part for part in args.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    parts = [] if args.table else args.parts or list(PARTS)
    if len(parts) > 1:  # two at a time, each in a process of its own
        with ThreadPoolExecutor(2) as pool:
            command = [sys.executable, '-m', 'tests.stress.faults']
            statuses = list(pool.map(lambda part: subprocess.call([*command, part], cwd=ROOT), parts))
    else:
        statuses = [run(part) for part in parts]
    write_page(ROOT / 'docs' / 'reliability.md')
    return max(statuses, default=0)


def run(part: str) -> int:
    """Run one part and record its trials in place of earlier ones; 1 if a trial did not pass, else 0."""
    result = importlib.import_module(f'tests.stress.faults_{part}').run()
    rows = [dict(row, part=part, part_seconds=result['seconds']) for row in result['rows']]
    with locked(TRIALS.parent):
        others = [row for row in read_rows(TRIALS, COLUMNS) if row['part'] != part]
        write_rows(TRIALS, others + rows, [*COLUMNS])
    for row in rows:
        print(f"{part}: {row['passed']} of {row['tried']}  {row['name']}: {row['note']}", flush=True)
    return int(any(row['passed'] < row['tried'] for row in rows))


if __name__ == '__main__':
    sys.exit(main())
