# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names beside the points of a scatter plot, without overlaps."""
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox

WRAP = 38  # characters of a line
NEAR, STEP, FAR = 9, 7, 200  # distances to try: first, step, end; in points
DIRECTIONS = ((1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1), (0, 1), (0, -1))  # right, up


def label_points(ax: Axes, points: Sequence[tuple[float, float, float]], labels: Sequence[str]) -> None:
    """Write each name at the nearest free place around its point, with a thin line to a point that is not next to it.

    A name without a free place is left out. This fixes the layout of the figure, so call it last.

    Args:
        points: x, y and half the length of the error bar, in data units.
        labels: one name for each point; long names are wrapped.
    """
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()  # only now is it known where the axes are
    ax.figure.set_layout_engine('none')
    frame, pixels = ax.get_window_extent(), ax.figure.dpi / 72
    points_at = [ax.transData.transform((x, y)) for x, y, _ in points]
    # a name stays farther from other points than from its own, so that it is clear where it belongs
    marks = [around(ax, *point, pixels * 5) for point in points]
    others = [around(ax, *point, pixels * 9) for point in points]
    names: list[Bbox] = []
    for k, ((x, y, _), label) in enumerate(zip(points, labels)):
        text = textwrap.fill(label, WRAP)
        probe = ax.text(x, y, text, fontsize=9)
        size = probe.get_window_extent(canvas.get_renderer()).size
        probe.remove()
        taken = [*names, marks[k], *others[:k], *others[k + 1:]]
        for distance, right, up, box in places(points_at[k], size, pixels):
            if np.all(box.min >= frame.min) and np.all(box.max <= frame.max) and not box.count_overlaps(taken):
                near = distance == NEAR and up == 0
                line = None if near else dict(arrowstyle='-', color='0.3', linewidth=0.7, shrinkA=0, shrinkB=0,
                                             relpos=((1 - right) / 2, (1 - up) / 2))
                ax.annotate(text, (x, y), (right * distance, up * distance), textcoords='offset points', fontsize=9,
                            ha=('center', 'left', 'right')[right], va=('center', 'bottom', 'top')[up], arrowprops=line,
                            bbox=dict(facecolor='white', edgecolor='none', pad=0.5))
                names.append(box)
                break


def around(ax: Axes, x: float, y: float, error: float, margin: float) -> Bbox:
    """Box of a point with its error bar, in pixels."""
    return Bbox([ax.transData.transform((x, y - error)) - margin, ax.transData.transform((x, y + error)) + margin])


def places(point, size, pixels: float) -> list[tuple[int, int, int, Bbox]]:
    """Possible places of a text around a point: distance in points, direction, and box.

    Args:
        point: (2, ), in pixels.
        size: (2, ), width and height of the text in pixels.
        pixels: pixels of one point.
    """
    found = []
    for distance in range(NEAR, FAR, STEP):
        for right, up in DIRECTIONS:
            corner = point + pixels * distance * np.array((right, up)) + size * np.array(
                ((right - 1) / 2, (up - 1) / 2))
            found.append((distance, right, up, Bbox([corner, corner + size])))
    return found
