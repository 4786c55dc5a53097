# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes docs/results.md from the JSON files of docs/results alone: ``make tables``."""
import json
import math
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Dict, List

ROOT = Path(__file__).resolve().parents[2]
METRICS = dict(mIoU='mIoU', mFscore='F1', mRecall='recall', mPrecision='precision', aAcc='accuracy')
# Rows of the table, top down: what they are called, and how their config's name begins.
ROWS = {
    'supervised/unet_wbc_1-10': 'supervised',
    'entmin/ablation/unet_wbc_1-10_control': 'control: second head and unlabeled forward, no unsupervised loss',
    'entmin/unet_wbc_1-10': 'entropy minimization',
    'supervised/unet_wbc_all': 'supervised, all labels',
}
BASELINE = 'supervised/unet_wbc_1-10'


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


def table(results: Dict[str, Dict[int, dict]]) -> List[str]:
    lines = [
        '| | ' + ' | '.join(METRICS.values()) + ' | gain in mIoU | seconds a step | parameters | seeds |',
        '|---|' + '---|' * (len(METRICS) + 4)
    ]
    for config, title in ROWS.items():
        runs = results.get(config)
        if not runs:
            continue
        cells = [spread([run['metrics'][metric] for run in runs.values()]) for metric in METRICS]
        cells.append('' if config == BASELINE else gain(runs, results[BASELINE]))
        cells.append(f"{statistics.median(run['seconds_per_iteration'] for run in runs.values()):.2f}")
        cells.append(f"{next(iter(runs.values()))['parameters']:,}")
        cells.append(', '.join(map(str, sorted(runs))))
        lines.append(f'| {title} | ' + ' | '.join(cells) + ' |')
    return lines


def main() -> None:
    results = load(ROOT / 'docs' / 'results')
    first = next(iter(results[BASELINE].values()))
    text = [
        '# Results', '',
        'Made by `make tables` from the files in `docs/results`, one a run, which `tools/analysis/experiments.py` wrote.',
        'Mean and standard deviation over seeds, in percent; the last checkpoint of each run; the gain is over',
        '"supervised" on the same seeds, with its standard error.', '',
        '## White blood cells (WBC Dataset 1), 15 of 150 images labeled', '',
        f"{first['iterations']:,} iterations for every row, judged on the 150 images of `{first['test_list']}`.", '',
        *table(results), ''
    ]
    (ROOT / 'docs' / 'results.md').write_text('\n'.join(text))


if __name__ == '__main__':
    main()
