# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Charts as SVG text that takes its colors and its font from the page."""
import io
import re
from collections import namedtuple
from collections.abc import Sequence
from itertools import count

import matplotlib
import numpy as np
from matplotlib.figure import Figure

# Colors to draw with. The page's style sheet replaces each by one for a light or a dark background.
INK, GRID = '#010203', '#040506'
SERIES = tuple(f'#0a0b{k:02x}' for k in range(8))
VARIABLES = {INK: 'currentColor', GRID: 'var(--line)', **{c: f'var(--series-{k})' for k, c in enumerate(SERIES)}}
STYLE = {
    'svg.fonttype': 'none', 'svg.hashsalt': 'report', 'font.size': 9, 'text.color': INK, 'axes.edgecolor': INK,
    'axes.labelcolor': INK, 'xtick.color': INK, 'ytick.color': INK, 'axes.grid': True, 'grid.color': GRID,
    'figure.facecolor': 'none', 'axes.facecolor': 'none', 'axes.spines.top': False, 'axes.spines.right': False,
    'axes.axisbelow': True, 'lines.linewidth': 1.4}
SIZE = (4.3, 2.7)  # inches
LOG_FROM = 50  # a loss gets a logarithmic scale if its largest value is this many times its smallest
counter = count()
Line = namedtuple('Line', 'group x y')  # group: its number, which selects the color
Chart = namedtuple('Chart', 'title description svg')


@matplotlib.rc_context(STYLE)
def curves(title: str, lines: Sequence[Line], xlabel: str, names: Sequence[str]) -> Chart | None:
    """Values over iterations; NaN leaves a gap. None if no line has two finite points.

    ``names`` are those of the groups, for the description.
    """
    lines = [line for line in lines if np.isfinite(line.y).sum() > 1]
    if not lines:
        return None
    figure = Figure(figsize=SIZE, layout='constrained')
    ax = figure.subplots()
    for line in lines:
        ax.plot(line.x, line.y, color=SERIES[line.group % len(SERIES)], marker='.' if len(line.x) < 15 else None)
    finite = [np.asarray(line.y, float)[np.isfinite(line.y)] for line in lines]
    low, high = min(map(np.min, finite)), max(map(np.max, finite))
    if 'loss' in title and low > 0 and high / low > LOG_FROM:
        ax.set_yscale('log')
        title += ' (log scale)'
    elif 0 <= low == high:  # a constant: its scale starts at 0
        ax.set_ylim(0, 1.5 * high or 1)
    ax.set(xlabel=xlabel)
    texts = [f'{names[line.group]} from {y[0]:.4g} to {y[-1]:.4g}' for line, y in zip(lines, finite)]
    return Chart(title, f"{title} over {xlabel}s: {'; '.join(texts)}", to_svg(figure))


@matplotlib.rc_context(STYLE)
def reliability(rows: Sequence[tuple], title: str) -> Chart:
    """Accuracy against confidence.

    Each row is the number of a group, its name, confidence (B, ) and accuracy (B, ) of its bins, NaN where a bin is
    empty, and its expected calibration error in 0..1.
    """
    figure = Figure(figsize=SIZE, layout='constrained')
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1], color=INK, linestyle=':', linewidth=1)
    for group, _, confidence, accuracy, _ in rows:
        known = np.isfinite(accuracy)
        ax.plot(confidence[known], accuracy[known], color=SERIES[group % len(SERIES)], marker='o', markersize=3)
    ax.set(xlabel='confidence', ylabel='accuracy', xlim=(0, 1.02), ylim=(0, 1.02))
    texts = [f'{name}: expected calibration error {100 * error:.2f} %' for _, name, _, _, error in rows]
    return Chart(title, f"{'; '.join(texts)}. The dotted line is perfect calibration.", to_svg(figure))


@matplotlib.rc_context(STYLE)
def error_by_quantile(rows: Sequence[tuple], quantity: str) -> Chart | None:
    """Error rate of the pixels in each tenth of a quantity, from the surest to the least sure; None without a row.

    Each row is the number of a group, its name, and its error rates (10, ) in 0..1.
    """
    if not rows:
        return None
    figure = Figure(figsize=SIZE, layout='constrained')
    ax = figure.subplots()
    for group, _, rates in rows:
        ax.plot(np.arange(1, 11), 100 * rates, color=SERIES[group % len(SERIES)], marker='o', markersize=3)
    ax.set(xlabel=f'tenth of the pixels, by {quantity}', ylabel='wrong pixels, %', xticks=range(1, 11))
    ax.set_ylim(bottom=0)
    texts = [f'{name}: {100 * rates[0]:.2f} % of the surest tenth are wrong and {100 * rates[-1]:.1f} % of the least '
             'sure' for _, name, rates in rows]
    return Chart(f'error rate by {quantity}', '; '.join(texts), to_svg(figure))


def to_svg(figure: Figure) -> str:
    """The figure as an element of a page: without a header, with ids that no other chart has, colors as variables."""
    buffer = io.StringIO()
    figure.savefig(buffer, format='svg', metadata={'Date': None, 'Creator': None, 'Format': None, 'Type': None})
    svg = buffer.getvalue()
    svg = svg[svg.index('<svg'):]
    svg = re.sub(r'<metadata>.*?</metadata>', '', svg, flags=re.S)
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', svg, count=1)
    for drawn, variable in VARIABLES.items():
        svg = svg.replace(drawn, variable)
    chart = f'chart{next(counter)}-'
    svg = re.sub(r' id="(?:figure|patch|axes|matplotlib|line2d|xtick|ytick|text|PathCollection)[^"]*"', '', svg)
    svg = re.sub(r'\bid="', f'id="{chart}', svg)
    svg = re.sub(r'(xlink:href="#|url\(#)', rf'\g<1>{chart}', svg)
    return svg.replace('xlink:href', 'href')
