# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes docs/results.md from the JSON files of docs/results alone: ``make tables``."""
import argparse
import json
import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

DOCS = Path(__file__).resolve().parents[2] / 'docs'
METRICS = dict(mIoU='mIoU', mFscore='F1', mRecall='recall', mPrecision='precision', aAcc='accuracy')


@dataclass(frozen=True)
class Section:
    """One table: its title, and its rows as (config, name) with the baseline of the gains first."""

    title: str
    rows: Sequence[Tuple[str, str]]


CONTROL = 'control: second head and unlabeled forward, no unsupervised loss'
SECTIONS = (
    Section('White blood cells (WBC Dataset 1), 15 of 150 images labeled', (
        ('supervised/unet_wbc_1-10', 'supervised'),
        ('entmin/ablation/unet_wbc_1-10_control', CONTROL),
        ('entmin/unet_wbc_1-10', 'entropy minimization'),
        ('supervised/unet_wbc_all', 'supervised, all labels'))),
    Section('Generated cells, 20 of 200 images labeled', (
        ('supervised/unet_toycells_1-10', 'supervised'),
        ('entmin/unet_toycells_1-10', 'entropy minimization'),
        ('supervised/unet_toycells_all', 'supervised, all labels'))),
)


def load(folder: Path) -> Dict[str, Dict[int, dict]]:
    """Results by config and seed."""
    runs = defaultdict(dict)
    for path in sorted(folder.glob('*.json')):
        result = json.loads(path.read_text())
        runs[result['config']][result['seed']] = result
    return runs


def spread(values: List[float]) -> str:
    """Mean and standard deviation over seeds."""
    return f'{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f}' if len(values) > 1 else f'{values[0]:.2f}'


def gain(runs: Dict[int, dict], baseline: Dict[int, dict]) -> str:
    """Mean mIoU gain over the baseline on the same seeds, and its standard error."""
    common = sorted(set(runs) & set(baseline))
    differences = [runs[seed]['metrics']['mIoU'] - baseline[seed]['metrics']['mIoU'] for seed in common]
    if len(differences) < 2:
        return ''
    return f'{statistics.mean(differences):+.2f} ± {statistics.stdev(differences) / math.sqrt(len(differences)):.2f}'


def table(section: Section, results: Dict[str, Dict[int, dict]]) -> List[str]:
    """The lines of one section; rows without a result are left out, and so is a section without its baseline."""
    baseline = results.get(section.rows[0][0])
    if not baseline:
        return []
    first = next(iter(baseline.values()))
    lines = [
        f'## {section.title}', '',
        f"{first['iterations']:,} iterations for every row, judged on the images of `{first['test_list']}`.", '',
        '| | ' + ' | '.join(METRICS.values()) + ' | gain in mIoU | seconds a step | parameters | seeds |',
        '|---|' + '---|' * (len(METRICS) + 4)
    ]
    for config, title in section.rows:
        runs = results.get(config)
        if not runs:
            continue
        cells = [spread([run['metrics'][metric] for run in runs.values()]) for metric in METRICS]
        cells.append('' if runs is baseline else gain(runs, baseline))
        cells.append(f"{statistics.median(run['seconds_per_iteration'] for run in runs.values()):.2f}")
        cells.append(f"{next(iter(runs.values()))['parameters']:,}")
        cells.append(', '.join(map(str, sorted(runs))))
        lines.append(f'| {title} | ' + ' | '.join(cells) + ' |')
    return [*lines, '']


def main(argv: List[str] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--results', type=Path, default=DOCS / 'results', help='folder of the JSON files')
    parser.add_argument('--out', type=Path, default=DOCS / 'results.md', help='file to write')
    args = parser.parse_args(argv)
    results = load(args.results)
    lines = [
        '# Results', '',
        'Made by `make tables` from the files in `docs/results`, one a run, from `tools/analysis/experiments.py`.',
        'Mean ± standard deviation over seeds, in percent, of the last checkpoint of each run. The gain is over the',
        'first row on the same seeds: mean ± its standard error. The seconds are of one CPU thread on a machine that',
        'others used too: compare them roughly.', ''
    ]
    for section in SECTIONS:
        lines += table(section, results)
    args.out.write_text('\n'.join(lines))


if __name__ == '__main__':
    main()
