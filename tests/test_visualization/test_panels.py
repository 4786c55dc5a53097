# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the picture of many panels, by the pixels of the file."""
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from mmseg_entmin.visualization.panels import draw_panels, paint

PALETTE = {'ground': (10, 200, 30), 'cell': (250, 20, 60)}
IMAGE = np.full((8, 8, 3), (1, 2, 250), np.uint8)
LABELS = np.repeat([[0, 1]], 8, axis=0).repeat(4, axis=1)


def colours(path) -> dict:
    """Number of pixels of each colour in a file."""
    values, counts = np.unique(np.array(Image.open(path).convert('RGB')).reshape(-1, 3), axis=0, return_counts=True)
    return {tuple(map(int, value)): int(count) for value, count in zip(values, counts)}


def test_every_kind_of_cell(tmp_path, figure):
    rows = [[IMAGE, LABELS, np.full((8, 8), 0.5)], [IMAGE, LABELS.astype(np.uint8), np.full((4, 6), 2., np.float32)]]
    path = draw_panels(rows, ['image', 'map', 'doubt'], PALETTE, tmp_path / 'new' / 'panels.png',
                       row_titles=['first', 'second'], captions=[['', 'low', ''], ['', 'high', '']],
                       title='A title', scale_title='nats')  # yapf: disable
    assert path == tmp_path / 'new' / 'panels.png'
    found = colours(path)
    image, ground, cell = (found[colour] for colour in ((1, 2, 250), *PALETTE.values()))
    # half of a map has one class, the other half the other; the legend adds a little
    assert 0.5 * image < ground < 0.6 * image and 0.5 * image < cell < 0.6 * image
    assert (252, 253, 191) in found, 'the largest quantity has the brightest colour'

    drawn = figure()
    grid = np.array([ax for ax in drawn.axes if ax.get_label() != '<colorbar>']).reshape(2, 3)
    assert [ax.get_title() for ax in grid[0]] == ['image', 'map', 'doubt']
    assert [ax.get_ylabel() for ax in grid[:, 0]] == ['first', 'second']
    assert [ax.get_xlabel() for ax in grid[:, 1]] == ['low', 'high']
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == list(PALETTE)
    colour_bar, = (ax for ax in drawn.axes if ax.get_label() == '<colorbar>')
    assert colour_bar.get_ylabel() == 'nats' and colour_bar.get_ylim() == (0, 2)
    assert grid[0, 2].images[0].get_clim() == grid[1, 2].images[0].get_clim() == (0, 2)


def test_texts_do_not_overlap(tmp_path, figure):
    count = 3
    draw_panels([[IMAGE, LABELS, np.eye(8)] for _ in range(count)], ['an image', 'two\nlines', 'quantity'], PALETTE,
                tmp_path / 'panels.png', row_titles=['a long title\nof a row'] * count,
                captions=[['below'] * 3] * count, title='A title', scale_title='nats')  # yapf: disable
    drawn = figure()
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    renderer = canvas.get_renderer()
    grid = [ax for ax in drawn.axes if ax.get_label() != '<colorbar>']
    texts = [drawn._suptitle, *drawn.legends[0].get_texts(), *(ax.title for ax in grid[:3]),
             *(ax.xaxis.label for ax in grid), *(ax.yaxis.label for ax in grid[::3])]  # yapf: disable
    boxes = {text: text.get_window_extent(renderer) for text in texts}
    for one, other in combinations(texts, 2):
        assert not boxes[one].overlaps(boxes[other]), (one.get_text(), other.get_text())


@pytest.mark.parametrize('scale_max, top', [(4., 4.), (None, 1.)])
def test_scale(tmp_path, figure, scale_max, top):
    """A quantity that is 0 everywhere has a scale too."""
    draw_panels([[np.zeros((4, 4))]], ['doubt'], PALETTE, tmp_path / 'panels.png', scale_max=scale_max)
    assert figure().axes[0].images[0].get_clim() == (0, top)


def test_without_a_quantity_there_is_no_colour_bar(tmp_path, figure):
    draw_panels([[IMAGE]], ['image'], PALETTE, tmp_path / 'panels.pdf')
    assert len(figure().axes) == 1
    assert (tmp_path / 'panels.pdf').read_bytes().startswith(b'%PDF')


def test_a_second_legend(tmp_path, figure):
    path = draw_panels([[IMAGE, LABELS]], ['image', 'map'], PALETTE, tmp_path / 'panels.png',
                       legend={'sky': (1, 2, 250)})
    assert [[text.get_text() for text in legend.get_texts()] for legend in figure().legends] == [[*PALETTE], ['sky']]
    boxes = [legend.get_window_extent() for legend in figure().legends]
    assert not boxes[0].overlaps(boxes[1]) and (1, 2, 250) in colours(path)


def test_without_classes_there_is_no_legend(tmp_path, figure):
    draw_panels([[IMAGE]], ['image'], {}, tmp_path / 'panels.png')
    assert not figure().legends


def test_paint():
    painted = paint(np.array([[0, 1, 255]]), PALETTE, where='here')
    assert painted.dtype == np.uint8 and painted.tolist() == [[[10, 200, 30], [250, 20, 60], [255, 255, 255]]]


@pytest.mark.parametrize('options, message', [
    (dict(rows=[]), 'rows is empty'),
    (dict(rows=[[IMAGE, IMAGE]]), r'rows\[0\] has 2 cells for 1 columns'),
    (dict(row_titles=['a', 'b']), '2 row_titles for 1 rows'),
    (dict(captions=[['a'], ['b']]), '2 rows of captions for 1 rows'),
    (dict(captions=[['a', 'b']]), r'captions\[0\] has 2 cells for 1 columns'),
    (dict(rows=[[IMAGE.astype(float)]]), r"row 0, column 'a': an array of float64, shape \(8, 8, 3\), is neither"),
    (dict(rows=[[LABELS > 0]]), 'an array of bool'),
    (dict(rows=[[LABELS + 1]]), "row 0, column 'a': label 2, but the palette has 2 classes: ground, cell"),
])
def test_mistakes(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        draw_panels(**{'rows': [[IMAGE]], 'columns': ['a'], **options}, palette=PALETTE, path=tmp_path / 'panels.png')
    assert not list(tmp_path.iterdir())
