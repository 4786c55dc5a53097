# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Charts: grouped bars, mIoU with its deviation, and mIoU against cost."""
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.results.point_labels import WRAP, label_points
from mmseg_entmin.visualization.panels import save

# Okabe and Ito's colors, which color-blind people can tell apart; gray marks the baseline.
BASELINE, GAIN, LOSS = '0.55', '#56B4E9', '#E69F00'
COLORS = (BASELINE, '#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00')
MEAN_AT, GAIN_AT = 100, 190  # right edges of the two columns, in points to the right of the axes
LOG_FROM = 20  # from this ratio of the largest to the smallest bar the scale is logarithmic


class Accuracy(NamedTuple):
    """One row of :func:`accuracy_bars`.

    Attributes:
        label: name of the row.
        mean, sd: mIoU over seeds in percent, and its standard deviation; None for a single seed.
        reference: name of a dashed line at this row's mean. The bars start at the first reference; the second one is
            what they could reach.
        gain: text of the column "gain"; default: the difference to the first reference.
    """

    label: str
    mean: float
    sd: float | None = None
    reference: str | None = None
    gain: str | None = None


class Cost(NamedTuple):
    """One point of :func:`accuracy_cost`: mIoU in percent, and the time of a step relative to a supervised one."""

    label: str
    mean: float
    sd: float | None
    cost: float


def grouped_bars(groups: Sequence[str], values: Mapping[str, Sequence[float]], path: str | Path, title: str,
                 ylabel: str) -> Path:
    """Draw one bar of each series for each group, with its value.

    Args:
        groups: G names on the x axis.
        values: G values >= 0 by the name of the series, at most 7; the first series is the baseline, in gray.
        path: PNG file to write.
        title: text above the picture.
        ylabel: text at the y axis; it also says if the scale is logarithmic.
    """
    figure = Figure(figsize=(2 + len(groups) * (0.3 + 0.55 * len(values)), 3.6), layout='constrained')
    ax = figure.subplots()
    width = 0.84 / len(values)
    for k, (name, heights) in enumerate(values.items()):
        x = np.arange(len(groups)) + (k - (len(values) - 1) / 2) * width
        bars = ax.bar(x, heights, width * 0.94, color=COLORS[k], label=name)
        ax.bar_label(bars, [f'{height:.3g}' for height in heights], padding=2, fontsize=9)
    positive = [height for heights in values.values() for height in heights if height > 0]
    if positive and max(positive) / min(positive) >= LOG_FROM:
        ax.set_yscale('log')
        ylabel += ' (log scale)'
    ax.set(xticks=range(len(groups)), xticklabels=groups, ylabel=ylabel, title=title)
    ax.margins(y=0.1)
    tidy(ax)
    figure.legend(loc='outside lower center', ncols=min(len(values), 3), frameon=False)
    return save(figure, path)


def accuracy_bars(rows: Sequence[Sequence], path: str | Path, title: str) -> Path:
    """Draw one bar a row, from the mean of the first reference to the mean of the row.

    Args:
        rows: fields of :class:`Accuracy`; the first is on top. Without a reference the bars start at the lowest mean.
        path: PNG file to write.
        title: text above the picture.

    Raises:
        ValueError: there is no row.
    """
    rows = [Accuracy(*row) for row in rows]
    if not rows:
        raise ValueError('accuracy_bars: rows is empty, give at least one')
    references = [row for row in rows if row.reference]
    start = references[0].mean if references else min(row.mean for row in rows)
    compared = [row for row in rows if not row.reference]
    best = max(compared, key=lambda row: row.mean, default=None)
    figure = Figure(figsize=(10.5, 1.2 + 0.42 * len(rows)), layout='constrained')
    ax = figure.subplots()
    for y, row in enumerate(rows):
        weight = 'bold' if row is best else 'normal'
        if row.reference:
            ax.plot(row.mean, y, 'o', color='black', markersize=5)
        else:
            ax.barh(y, row.mean - start, left=start, height=0.62, color=GAIN if row.mean >= start else LOSS)
        if row.sd is not None:
            ax.errorbar(row.mean, y, xerr=row.sd, color='black', capsize=3, linewidth=1.2)
        beside(ax, y, -8, textwrap.fill(row.label, WRAP), weight=weight)
        beside(ax, y, MEAN_AT, spread(row), weight=weight)
        if references and row is not references[0]:
            beside(ax, y, GAIN_AT, row.gain or f'{row.mean - start:+.2f}', weight=weight)
    beside(ax, -0.85, MEAN_AT, 'mIoU', color='0.35')
    if references:
        beside(ax, -0.85, GAIN_AT, 'gain', color='0.35')
    for row in references:
        ax.axvline(row.mean, color='0.3', linestyle='--', linewidth=1, zorder=0)
        # the name of the lower one is to the left of its line, the other to the right: they cannot overlap
        lowest = len(references) > 1 and row.mean == min(other.mean for other in references)
        ax.annotate(row.reference, (row.mean, -0.85), (-2 if lowest else 2, 0), textcoords='offset points',
                    ha='right' if lowest else 'left', va='center_baseline', color='0.35', annotation_clip=False)
    ax.set(ylim=(len(rows) - 0.45, -0.55), yticks=[],
           xlabel='mIoU in percent; error bars: standard deviation over seeds')
    ax.set_title(title, pad=26)
    ax.margins(x=0.08)
    tidy(ax, grid='x')
    return save(figure, path)


def accuracy_cost(rows: Sequence[Sequence], path: str | Path, title: str = '') -> Path:
    """Draw points of mIoU over the cost of a training step, each with its name beside it.

    Args:
        rows: fields of :class:`Cost`; the first is the baseline, in gray.
        path: PNG file to write.
        title: text above the picture. Default: none.

    Raises:
        ValueError: there is no row.
    """
    rows = [Cost(*row) for row in rows]
    if not rows:
        raise ValueError('accuracy_cost: rows is empty, give at least one')
    figure = Figure(figsize=(8, 4.8), layout='constrained')
    ax = figure.subplots()
    for k, row in enumerate(rows):
        ax.errorbar(row.cost, row.mean, yerr=row.sd, marker='o', markersize=7, capsize=3, linewidth=1.2,
                    color=BASELINE if k == 0 else COLORS[1])
    ax.margins(x=0.2, y=0.15)
    ax.set(xlabel='time of a training step, relative to supervised',
           ylabel='mIoU in percent (± standard deviation over seeds)', title=title)
    ax.xaxis.set_major_formatter('{x:g} x')
    tidy(ax, grid='both')
    label_points(ax, [(row.cost, row.mean, row.sd or 0.) for row in rows], [row.label for row in rows])
    return save(figure, path)


def beside(ax: Axes, y: float, points: float, text: str, **style) -> None:
    """Write text that ends ``points`` to the right of the axes; to the left of them if negative."""
    ax.annotate(text, (0 if points < 0 else 1, y), (points, 0), xycoords=ax.get_yaxis_transform(),
                textcoords='offset points', ha='right', va='center_baseline', linespacing=1.05,
                annotation_clip=False, **style)


def spread(row: Accuracy | Cost) -> str:
    """Mean ± standard deviation as text."""
    return f'{row.mean:.2f}' if row.sd is None else f'{row.mean:.2f} ± {row.sd:.2f}'


def tidy(ax: Axes, grid: str = 'y') -> None:
    """Draw only the lines that help to read the chart."""
    ax.spines[['top', 'right']].set_visible(False)
    ax.grid(axis=grid, color='0.9', linewidth=0.8)
    ax.set_axisbelow(True)
