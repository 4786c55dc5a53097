# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One picture of many small ones: images, label maps and maps of a quantity, side by side."""
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch
from PIL import Image

from .outcomes import IGNORE_INDEX

CELL, CAPTION = 1.75, 0.3  # inches: side of a cell, height of the line below it
QUANTITY = dict(cmap='magma', interpolation='nearest')


def draw_panels(rows: Sequence[Sequence[np.ndarray]], columns: Sequence[str],
                palette: Mapping[str, tuple[int, int, int]], path: str | Path, **options) -> Path:
    """Draws ``panels_figure`` into a file, see ``save``; returns the path."""
    return save(panels_figure(rows, columns, palette, **options), path)


def panels_figure(rows: Sequence[Sequence[np.ndarray]], columns: Sequence[str],
                  palette: Mapping[str, tuple[int, int, int]], row_titles: Sequence[str] | None = None,
                  captions: Sequence[Sequence[str]] | None = None, title: str | None = None, scale_title: str = '',
                  scale_max: float | None = None, legend: Mapping[str, tuple[int, int, int]] | None = None) -> Figure:
    """A figure of R rows of K cells, with a legend of the classes and a color bar for the quantities.

    The array decides how a cell is drawn: uint8 (H, W, 3) is an RGB image; integers (H, W) in 0..classes-1 or 255
    (white) are a label map; floats (H, W), >= 0, are a quantity, dark where it is 0. All quantities have one scale.

    Args:
        rows: R rows of K arrays; sizes may differ. ValueError if lengths, arrays or labels do not fit.
        columns: K titles, of one or several lines.
        palette: RGB, 0..255, by the name of each class, in the order of the labels.
        row_titles: R texts to the left of the rows. Default: none.
        captions: R rows of K texts below the cells. Default: none.
        title: of the whole picture. Default: none.
        scale_title: beside the color bar.
        scale_max: quantity at the bright end of the color bar, > 0. Default: the largest in the picture.
        legend: RGB, 0..255, by name, of further colors, explained at the right side. Default: none.
    """
    check_lengths(rows, columns, row_titles, captions)
    quantities = [cell for row in rows for cell in row if is_quantity(cell)]
    norm = Normalize(0, scale_max or max((float(cell.max()) for cell in quantities), default=0.) or 1.)
    height = CELL * min(1., max(cell.shape[0] / cell.shape[1] for row in rows for cell in row if cell.ndim > 1))
    width = CELL * len(columns) + (3.5 if legend else 2)
    figure = Figure(figsize=(width, (height + CAPTION) * len(rows) + 1), layout='compressed')
    grid = figure.subplots(len(rows), len(columns), squeeze=False)
    scaled = None
    for r, (row, axes) in enumerate(zip(rows, grid)):
        for k, (cell, ax) in enumerate(zip(row, axes)):
            drawn = draw_cell(ax, cell, palette, norm, where=f'row {r}, column {columns[k]!r}')
            scaled = drawn if is_quantity(cell) else scaled
            ax.set(xticks=[], yticks=[], xlabel=captions[r][k] if captions else '')
            ax.spines[:].set(linewidth=0.5, color='0.6')
        if row_titles:
            axes[0].set_ylabel(row_titles[r], rotation=0, ha='right', va='center', labelpad=8)
    for name, ax in zip(columns, grid[0]):
        ax.set_title(name, fontsize='medium', fontweight='bold')
    if scaled is not None:
        figure.colorbar(scaled, ax=grid, label=scale_title, fraction=0.025, pad=0.01, aspect=40)
    draw_legend(figure, palette, loc='outside lower center', ncols=min(len(palette), 7))
    draw_legend(figure, legend, loc='outside right center')
    if title:
        figure.suptitle(title)
    return figure


def save(figure: Figure, path: str | Path) -> Path:
    """Writes a figure in the format of the suffix and makes parent folders. A PNG holds no software version."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = dict(Software=None) if path.suffix == '.png' else None
    figure.savefig(path, dpi=150, bbox_inches='tight', metadata=metadata)
    return path


def to_array(figure: Figure) -> np.ndarray:
    """The pixels of a figure: RGB, uint8, (H, W, 3)."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png', dpi=100, bbox_inches='tight')
    return np.array(Image.open(buffer).convert('RGB'))


def draw_legend(figure: Figure, colors: Mapping[str, tuple] | None, **place) -> None:
    if colors:
        patches = [Patch(facecolor=np.divide(rgb, 255), edgecolor='0.4', label=name) for name, rgb in colors.items()]
        figure.legend(handles=patches, frameon=False, **place)


def is_quantity(cell: np.ndarray) -> bool:
    return np.issubdtype(cell.dtype, np.floating)


def draw_cell(ax: Axes, cell: np.ndarray, palette: Mapping[str, tuple], norm: Normalize, where: str) -> AxesImage:
    if cell.dtype == np.uint8 and cell.ndim == 3 and cell.shape[2] == 3:
        return ax.imshow(cell)
    if cell.ndim == 2 and is_quantity(cell):
        return ax.imshow(cell, norm=norm, **QUANTITY)
    if cell.ndim == 2 and np.issubdtype(cell.dtype, np.integer):
        return ax.imshow(paint(cell, palette, where), interpolation='nearest')
    raise ValueError(f'draw_panels: {where}: an array of {cell.dtype}, shape {cell.shape}, is neither an image (uint8, '
                     '(H, W, 3)), nor a label map (integers, (H, W)), nor a quantity (floats, (H, W))')


def paint(labels: np.ndarray, palette: Mapping[str, tuple], where: str) -> np.ndarray:
    """Colors of a label map (H, W): uint8, (H, W, 3); 255 is white. ValueError for a label without a color."""
    unknown = np.setdiff1d(labels, [*range(len(palette)), IGNORE_INDEX])
    if unknown.size:
        raise ValueError(f'draw_panels: {where}: label {unknown[0]}, but the palette has {len(palette)} classes: '
                         f'{", ".join(palette)}')
    colors = np.full((IGNORE_INDEX + 1, 3), 255, np.uint8)
    colors[:len(palette)] = list(palette.values())
    return colors[labels]


def check_lengths(rows, columns, row_titles, captions) -> None:
    """Raises a ValueError that names the texts or the row that do not fit the grid."""
    if not rows:
        raise ValueError('draw_panels: rows is empty, give at least one')
    for name, texts in (('row_titles', row_titles), ('rows of captions', captions)):
        if texts is not None and len(texts) != len(rows):
            raise ValueError(f'draw_panels: {len(texts)} {name} for {len(rows)} rows')
    for name, lines in (('rows', rows), ('captions', captions or [])):
        for r, line in enumerate(lines):
            if len(line) != len(columns):
                raise ValueError(f'draw_panels: {name}[{r}] has {len(line)} cells for {len(columns)} columns')
