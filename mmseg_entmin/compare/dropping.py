# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which methods are given up before the plan is at its end."""
from collections.abc import Iterable, Mapping

from .methods import BASELINES
from .plan import Cell, Plan
from .results import Row
from .statistics import difference

LEVEL = 0.9
RULE = ('a method is dropped if it lost to another one in every pair of fold and seed so far and the 90 % interval of '
        'the difference (corrected for shared images) is below 0; supervised training never is')


def scores(rows: Iterable[Row], key: str = 'mIoU', share: str = '1') -> dict[str, dict[tuple[int, int], float]]:
    """A value of each finished run, by method and (seed, fold)."""
    found: dict[str, dict[tuple[int, int], float]] = {}
    for row in rows:
        if row['state'] == 'done' and row['share'] == share and key in row:
            found.setdefault(row['method'], {})[row['seed'], row['fold']] = row[key]
    return found


def paired(one: Mapping, other: Mapping) -> list[float]:
    """Differences where both have a value, in the order of the cells."""
    return [one[cell] - other[cell] for cell in sorted(one) if cell in other]


def losers(plan: Plan, cells: Iterable[Cell], rows: Iterable[Row], dropped: Iterable[str]) -> list[str]:
    """The methods that `RULE` drops after these cells, by the results of their runs alone."""
    places = {(cell.seed, cell.fold) for cell in cells}
    found = scores(row for row in rows if (row['seed'], row['fold']) in places)
    alive = [method for method in plan.methods if method not in set(dropped) and method in found]
    lost = []
    for method in alive:
        if method in BASELINES:
            continue
        for other in alive:
            values = paired(found[method], found[other])
            if other != method and len(values) > 2 and max(values) < 0 and (
                    difference(values, plan.folds, level=LEVEL).high < 0):
                lost.append(method)
                break
    return lost
