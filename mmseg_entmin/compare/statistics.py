# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Confidence intervals for the difference of two methods from a few paired runs whose folds share training images."""
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit  # Student's t; scipy.stats is a hundred times as slow

LEVEL, POWER = 0.95, 0.8


@dataclass(frozen=True)
class Difference:
    """What paired runs say about a difference.

    Attributes:
        mean: mean of the paired differences.
        low, high: ends of the interval; infinite with fewer than two pairs.
        detectable: the true difference that would be found in 80 % of such comparisons.
        p: two-sided p, corrected for the number of comparisons; below 0.05 exactly if the interval leaves 0 out.
        pairs: number of pairs.
    """

    mean: float
    low: float
    high: float
    detectable: float
    p: float
    pairs: int

    @property
    def found(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def difference(values: Sequence[float], folds: int, comparisons: int = 1, level: float = LEVEL) -> Difference:
    """Interval for the mean of paired differences of cross-validation.

    Runs of different folds are not independent: their training sets share images. A plain t interval is too narrow. The
    corrected resampled t-test (Nadeau and Bengio 2003; for repeated cross-validation Bouckaert and Frank 2004) takes
    the correlation of two runs as the share of the images that is held out, 1 / folds. The squared standard error is
    then ``variance * (1 / n + 1 / (folds - 1))`` for n runs, with n - 1 degrees of freedom.

    Args:
        values: differences (n, ), a value for each fold and seed.
        folds: K, >= 2.
        comparisons: number of differences that are looked at together; each interval gets the level
            ``1 - (1 - level) / comparisons`` (Bonferroni), so that all hold together with `level`.
        level: of all intervals together, in (0, 1). Default 0.95.
    """
    values = np.asarray(values, dtype=float)
    count = len(values)
    mean = float(values.mean()) if count else float('nan')
    if count < 2:
        return Difference(mean, -np.inf, np.inf, np.inf, 1., count)
    error = float(values.std(ddof=1)) * np.sqrt(1 / count + 1 / (folds - 1))
    reach = float(stdtrit(count - 1, 1 - (1 - level) / comparisons / 2))
    p = 2 * float(stdtr(count - 1, -abs(mean) / error)) if error > 0 else float(mean == 0)
    detectable = (reach + float(stdtrit(count - 1, POWER))) * error
    return Difference(mean, mean - reach * error, mean + reach * error, float(detectable), min(1., comparisons * p),
                      count)


def expected_width(folds: int, seeds: int, comparisons: int = 1) -> float:
    """Half of the interval's width for a plan, in standard deviations of a difference over folds of one image each.

    Held-out folds of fewer images make a single difference noisier: a fold of 1 / K of the images has K times the
    variance of all images, beside the noise of the training, which is taken as half of the variance at K = 5.
    """
    runs = folds * seeds
    reach = stdtrit(runs - 1, 1 - (1 - LEVEL) / comparisons / 2)
    return float(reach * np.sqrt(1 / runs + 1 / (folds - 1)) * np.sqrt((folds / 5 + 1) / 2))
