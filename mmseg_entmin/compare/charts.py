# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Charts of a comparison: intervals of the differences, the differences of all cells, and the learning curve."""
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmseg_entmin.report.charts import INK, SERIES, SIZE, STYLE, Chart, to_svg

from .curve import Curve
from .dropping import paired, scores
from .methods import label
from .plan import Plan
from .results import Row
from .verdict import Judged, signed


def color(plan: Plan, method: str) -> str:
    return SERIES[plan.methods.index(method) % len(SERIES)]


def named_rows(ax: Axes, plan: Plan, methods: Sequence[str], xlabel: str) -> None:
    """One line of the chart for each method, the first on top, and a line at 0."""
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(range(len(methods)), [label(method) for method in methods])
    ax.set(xlabel=xlabel, ylim=(len(methods) - 0.4, -0.6))
    ax.grid(axis='y', visible=False)


@matplotlib.rc_context(STYLE)
def intervals(plan: Plan, rows: Sequence[Judged]) -> Chart | None:
    """The mean difference of each method to the baseline, with its interval."""
    rows = [row for row in rows if row.difference and row.difference.pairs > 1]
    if not rows:
        return None
    figure = Figure(figsize=(SIZE[0], 1.1 + 0.32 * len(rows)), layout='constrained')
    ax = figure.subplots()
    for y, row in enumerate(rows):
        found = row.difference
        ax.plot([found.low, found.high], [y, y], color=color(plan, row.method), linewidth=3, solid_capstyle='butt')
        ax.plot(found.mean, y, 'o', color=color(plan, row.method), markersize=7)
    named_rows(ax, plan, [row.method for row in rows], 'mIoU more than the baseline')
    texts = [f'{label(row.method)} {signed(row.difference)}' for row in rows]
    return Chart('difference and its interval', '; '.join(texts), to_svg(figure))


@matplotlib.rc_context(STYLE)
def cells(plan: Plan, rows: Sequence[Row]) -> Chart | None:
    """The difference of each method to the baseline in each cell."""
    found = scores(rows)
    values = {method: paired(found.get(method, {}), found.get(plan.baseline, {})) for method in plan.methods[1:]}
    values = {method: part for method, part in values.items() if part}
    if not values:
        return None
    figure = Figure(figsize=(SIZE[0], 1.1 + 0.32 * len(values)), layout='constrained')
    ax = figure.subplots()
    for y, (method, part) in enumerate(values.items()):
        ax.plot(part, np.full(len(part), y), 'o', color=color(plan, method), markersize=5, alpha=0.7)
    named_rows(ax, plan, list(values), 'mIoU more than the baseline')
    texts = [f"{label(method)} {', '.join(f'{value:+.1f}' for value in part)}" for method, part in values.items()]
    return Chart('difference in each fold', '; '.join(texts), to_svg(figure))


@matplotlib.rc_context(STYLE)
def learning(curve: Curve) -> Chart:
    """Accuracy of the baseline by the number of masks."""
    figure = Figure(figsize=SIZE, layout='constrained')
    ax = figure.subplots()
    ax.plot(curve.masks, curve.means, 'o-', color=SERIES[0])
    ax.set_xscale('log', base=2)
    ax.set_xticks(curve.masks, [f'{masks:.0f}' for masks in curve.masks])
    ax.minorticks_off()
    ax.set(xlabel='masks to train on', ylabel='mIoU')
    texts = [f'{mean:.1f} with {masks:.0f} masks' for masks, mean in zip(curve.masks, curve.means)]
    return Chart('accuracy by the number of masks', '; '.join(texts), to_svg(figure))
