# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Charts fit into a page: colours are the page's, ids are of one chart, and the words say what the lines do."""
import re
import xml.etree.ElementTree as ElementTree

import numpy as np

from mmseg_entmin.report.charts import Line, curves, error_by_quantile, reliability

NAMES = ['base', 'ours']


def ids(svg: str) -> list:
    return re.findall(r'\bid="([^"]+)"', svg)


def test_curves():
    nan = float('nan')
    chart = curves('loss', [Line(0, [1, 2, 3], [4., 2., 1.]), Line(1, [1, 2, 3], [nan, 3., nan]),
                            Line(1, [1, 2, 3], [3., nan, 2.])], 'iteration', NAMES)
    root = ElementTree.fromstring(chart.svg)
    assert root.tag == 'svg' and 'viewBox' in root.attrib and 'width' not in root.attrib
    assert 'var(--series-0)' in chart.svg and 'var(--series-1)' in chart.svg and 'currentColor' in chart.svg
    assert not re.findall(r'(?:fill|stroke): #', chart.svg), 'no colour is fixed'
    assert chart.description == 'loss over iterations: base from 4 to 1; ours from 3 to 2'
    assert 'iteration' in ''.join(root.itertext()), 'texts are texts'


def test_ids_are_of_one_chart_and_what_they_name_is_there():
    charts = [curves('loss', [Line(0, [1, 2], [1., 2.])], 'iteration', NAMES) for _ in range(2)]
    found = [set(ids(chart.svg)) for chart in charts]
    assert found[0] and not found[0] & found[1]
    for chart, here in zip(charts, found):
        assert len(ids(chart.svg)) == len(here)
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', chart.svg)) <= here


def test_a_loss_over_orders_of_magnitude_is_logarithmic():
    line = [Line(0, [1, 2], [1e-3, 1.])]
    assert curves('loss', line, 'iteration', NAMES).title == 'loss (log scale)'
    assert curves('lambda', line, 'iteration', NAMES).title == 'lambda'
    assert curves('loss', [Line(0, [1, 2], [0., 1.])], 'iteration', NAMES).title == 'loss'


def test_no_chart_of_a_single_point():
    assert curves('mIoU', [Line(0, [600], [80.]), Line(1, [1, 2], [float('nan'), 1.])], 'iteration', NAMES) is None
    assert error_by_quantile([], 'variance') is None


def test_reliability_and_errors():
    confidence, accuracy = np.array([0.5, np.nan, 0.9]), np.array([0.4, np.nan, 1.])
    chart = reliability([(1, 'ours', confidence, accuracy, 0.0123)], 'calibration')
    assert 'ours: expected calibration error 1.23 %' in chart.description
    chart = error_by_quantile([(0, 'base', np.linspace(0., 0.5, 10))], 'entropy')
    assert chart.description == 'base: 0.00 % of the surest tenth are wrong and 50.0 % of the least sure'
    ElementTree.fromstring(chart.svg)
