# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How much further masks would bring, from trainings on a quarter, a half and all of the masks of a fold."""
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmseg_entmin.words import amount

from .dropping import paired, scores
from .plan import SHARES, Plan
from .results import Row
from .statistics import Difference, difference


@dataclass(frozen=True)
class Curve:
    """Accuracy by the number of masks.

    Attributes:
        masks: mean number of training masks of a fold for each share.
        means: mean mIoU of each share.
        more: number of further masks.
        gain: what they would bring.
    """

    masks: list[float]
    means: list[float]
    more: int
    gain: Difference

    def sentence(self) -> str:
        low, high = self.gain.low, self.gain.high
        if not np.isfinite([low, high]).all():
            return ''
        return (f'{amount(self.more, "more mask")}: about {self.gain.mean:+.1f} mIoU (95 % {low:.1f} to {high:.1f}), '
                'if the curve goes on as over the last doubling; it usually flattens.')


def learning_curve(plan: Plan, rows: Sequence[Row], more: int | None = None) -> Curve | None:
    """None without results of at least two cells.

    The gain of the last doubling of the masks, from half to all, is carried on by the logarithm of their number. The
    interval is that of paired runs, see `difference`; with one comparison.
    """
    found = [scores(rows, share=share).get(plan.baseline, {}) for share in (*SHARES, '1')]
    cells = sorted(set.intersection(*(set(part) for part in found)))
    if len(cells) < 2:
        return None
    total = sum(len(cell.held) for cell in plan.cells if cell.seed == plan.cells[0].seed)
    train = total * (1 - 1 / plan.folds)
    more = total if more is None else more
    doublings = np.log2(1 + more / total)
    gains = paired(found[2], found[1])
    means = [float(np.mean([part[cell] for cell in cells])) for part in found]
    return Curve([train * share for share in (0.25, 0.5, 1.)], means, more,
                 difference([doublings * gain for gain in gains], plan.folds))
