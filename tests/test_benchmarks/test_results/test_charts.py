# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the charts, by what is in the figure and by the bytes of the file."""
from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from benchmarks.results.charts import accuracy_bars, accuracy_cost, grouped_bars

ROWS = [('supervised', 80., 0.5, 'supervised'), ('a control with a long name that takes two lines', 79., 0.4),
        ('ours', 82., 0.3, None, '+2.00 ± 0.20'), ('one seed', 81., None), ('every label', 90., 0.2, 'all labels')]


def words(drawn) -> dict:
    """Texts of a figure with their boxes."""
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    renderer = canvas.get_renderer()
    found = [text for text in drawn.findobj(Text) if text.get_text() and text.get_visible()]
    return {text: Text.get_window_extent(text, renderer) for text in found}


def test_bars_start_at_the_first_reference(tmp_path, figure):
    path = accuracy_bars(ROWS, tmp_path / 'new' / 'bars.png', 'A title')
    ax, = figure().axes
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(80, -1), (80, 2), (80, 1)]
    dashed = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == '--']
    assert dashed == [80, 90]
    shown = [text.get_text() for text in words(figure())]
    assert {'82.00 ± 0.30', '+2.00 ± 0.20', '81.00', '+1.00', 'all labels', 'gain', 'A title'} <= set(shown)
    bold = [text.get_text() for text in words(figure()) if text.get_weight() == 'bold']
    assert bold == ['ours', '82.00 ± 0.30', '+2.00 ± 0.20'], 'the winner'
    assert path.read_bytes() == accuracy_bars(ROWS, tmp_path / 'again.png', 'A title').read_bytes()


def test_bars_without_a_reference(tmp_path, figure):
    accuracy_bars([('a', 70.), ('b', 71., 0.1)], tmp_path / 'bars.png', '')
    assert [(bar.get_x(), bar.get_width()) for bar in figure().axes[0].patches] == [(70, 0), (70, 1)]
    assert 'gain' not in [text.get_text() for text in words(figure())]


def test_names_of_points_do_not_meet(tmp_path, figure):
    rows = [(f'method {k} of a name', 80 + k % 3 / 10, 0.3, 1 + k / 100) for k in range(8)] + [('far', 85, None, 2)]
    path = accuracy_cost(rows, tmp_path / 'cost.png', 'A title')
    boxes = {text.get_text(): box for text, box in words(figure()).items()}
    assert {row[0] for row in rows} <= set(boxes)
    for one, other in combinations(boxes, 2):
        assert not boxes[one].overlaps(boxes[other]), (one, other)
    assert path.read_bytes() == accuracy_cost(rows, tmp_path / 'again.png', 'A title').read_bytes()


@pytest.mark.parametrize('smallest, scale, label', [(1., 'linear', 'size'), (0.1, 'log', 'size (log scale)')])
def test_grouped_bars(tmp_path, figure, smallest, scale, label):
    grouped_bars(['x', 'y'], dict(a=[4., 2.], b=[3., smallest]), tmp_path / 'bars.png', 'A title', 'size')
    ax, = figure().axes
    assert [bar.get_height() for bar in ax.patches] == [4, 2, 3, smallest]
    assert (ax.get_yscale(), ax.get_ylabel()) == (scale, label)
    assert f'{smallest:g}' in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize('draw', [accuracy_bars, accuracy_cost])
def test_no_row(tmp_path, draw):
    with pytest.raises(ValueError, match='rows is empty'):
        draw([], tmp_path / 'none.png', '')
    assert not list(tmp_path.iterdir())
