# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Do the intervals of ``entmin compare`` hold? On differences that are drawn from known models; nothing is trained.

    python -m benchmarks.compare.simulation   # writes the record
"""
import argparse
import csv
from itertools import product
from pathlib import Path

import numpy as np
from scipy.special import stdtrit

from benchmarks.pages import markdown_table
from mmseg_entmin.atomic import write_csv
from mmseg_entmin.compare.statistics import difference

RECORD = Path(__file__).with_name('records') / 'simulation.csv'
MASKS, REPETITIONS = 50, 2000
# Standard deviations of the effects of all masks on the training and on the evaluation, and of one run.
MODELS = {'all alike': (1., 1., 1.), 'evaluation': (0.3, 1., 0.3), 'training set': (1., 0.3, 0.3),
          'run': (0.2, 0.2, 1.)}
PLANS = [(folds, seeds) for folds, seeds in product((2, 3, 5, 10), (1, 2, 3))]
HEAD = ('model', 'folds', 'seeds', 'corrected', 'same folds', 'plain')


def draw(folds: int, seeds: int, model: tuple, same: bool, rng: np.random.Generator) -> tuple[float, list[float]]:
    """The truth, and the differences of all runs; with `same` every seed has the same folds."""
    on_training, on_evaluation, noise = model
    training, evaluation = (scale * rng.standard_normal(MASKS) * MASKS**.5 for scale in (on_training, on_evaluation))
    values, order = [], rng.permutation(MASKS)
    for _ in range(seeds):
        for fold in range(folds):
            held = order[fold::folds]
            values.append(np.delete(training, held).mean() + evaluation[held].mean() + noise * rng.standard_normal())
        order = order if same else rng.permutation(MASKS)
    return float(training.mean()), values


def coverage(folds: int, seeds: int, model: tuple, seed: int = 0) -> list[float]:
    """Shares of intervals that hold the truth: corrected, corrected for the same folds, and plain."""
    rng, held = np.random.default_rng([seed, folds, seeds]), np.zeros(3)
    reach = stdtrit(folds * seeds - 1, 0.975)
    for _ in range(REPETITIONS):
        truth, values = draw(folds, seeds, model, False, rng)
        found = difference(values, folds)
        plain = abs(np.mean(values) - truth) <= reach * np.std(values, ddof=1) / len(values)**.5
        other, repeated = draw(folds, seeds, model, True, rng)
        again = difference(repeated, folds)
        held += found.low <= truth <= found.high, again.low <= other <= again.high, plain
    return [round(float(share), 3) for share in held / REPETITIONS]


def table(record: Path) -> list[str]:
    """One line for each size of the plan: the lowest coverage over the models."""
    with open(record, newline='') as file:
        rows = list(csv.DictReader(file))
    lines = []
    for folds, seeds in PLANS:
        mine = [row for row in rows if (row['folds'], row['seeds']) == (str(folds), str(seeds))]
        lines.append([f'{folds} x {seeds}', *(
            ' to '.join(f'{100 * part(float(row[key]) for row in mine):.0f}' for part in (min, max)) + ' %'
            for key in HEAD[3:])])
    return markdown_table(('folds x seeds', 'corrected', 'corrected, the same folds for every seed', 'plain t-test'),
                          lines)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--record', type=Path, default=RECORD)
    args = parser.parse_args(argv)
    rows = [[name, folds, seeds, *coverage(folds, seeds, model)]
            for name, model in MODELS.items() for folds, seeds in PLANS]
    write_csv([HEAD, *rows], args.record)


if __name__ == '__main__':
    main()
