# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is done to trainings, and whether they stand it: ``make faults``.

Each part writes docs/results/faults/PART.json; the table of docs/reliability.md is rebuilt from those files alone.
"""
import argparse
import importlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / 'docs'
RESULTS = DOCS / 'results' / 'faults'
PARTS = dict(
    kills='Killed and resumed', ranks='Several processes', disk='Disks and files', malformed='Malformed inputs',
    fuzz='Losses and heads on generated inputs')
BEGIN, END = '<!-- begin of the table -->', '<!-- end of the table -->'


def table(results: Path) -> str:
    """The rows of all parts as a Markdown table; a part without a file is a line "not run"."""
    lines = ['| what was done | tried | passed | what happened |', '|---|---|---|---|']
    for part, title in PARTS.items():
        path = results / f'{part}.json'
        if not path.is_file():
            lines.append(f'| **{title}** | | | not run |')
            continue
        result = json.loads(path.read_text())
        tried, passed = (sum(row[key] for row in result['rows']) for key in ('tried', 'passed'))
        lines.append(f"| **{title}** (`{result['command']}`, {result['seconds']:.0f} s) | "
                     f'**{tried}** | **{passed}** | |')
        for row in result['rows']:
            cells = [str(row[key]).replace('|', '\\|').replace('\n', ' ')
                     for key in ('name', 'tried', 'passed', 'note')]
            lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)


def write_page(page: Path, results: Path) -> None:
    """Puts the table between its two marks.

    Raises:
        ValueError: a page without the marks.
    """
    text = page.read_text()
    if BEGIN not in text or END not in text:
        raise ValueError(f'{page}: no marks {BEGIN} and {END}')
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    page.write_text(f'{head}{BEGIN}\n{table(results)}\n{END}{tail}')


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description='Kill, starve and mislead trainings, and see what they make of it.')
    parser.add_argument('parts', nargs='*', metavar='PART', help=f"some of {', '.join(PARTS)} (default: all there are)")
    parser.add_argument('--table', action='store_true', help='only rebuild the table of docs/reliability.md')
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
    write_page(DOCS / 'reliability.md', RESULTS)
    return max(statuses, default=0)


def run(part: str) -> int:
    """Runs one part and writes its file; 1 if anything did not stand it."""
    result = importlib.import_module(f'tests.stress.faults_{part}').run()
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f'{part}.json').write_text(json.dumps(result, indent=2, ensure_ascii=False) + '\n')
    for row in result['rows']:
        print(f"{part}: {row['passed']} of {row['tried']}  {row['name']}: {row['note']}", flush=True)
    return int(any(row['passed'] < row['tried'] for row in result['rows']))


if __name__ == '__main__':
    sys.exit(main())
