# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tables of predictions: ratios round by round, targets met or missed, memory."""
import numpy as np
import pytest
from PIL import Image

from benchmarks.cost import prediction, prediction_scale
from benchmarks.cost.prediction import COLUMNS, RECORD, mean_iou, ratio, table
from benchmarks.cost.prediction_scale import draw
from benchmarks.csv_rows import write_rows


def test_the_table_says_what_is_met_and_missed(tmp_path):
    row = dict(torch='2', rounds=3, images=4, rate=5., quartiles=[4., 6.], cpu_rate=5.5, network_cpu=0.9, mmseg_cpu=1.)
    write_rows(tmp_path / RECORD, [
        dict(row, variant='network alone, batch 1', network=1., mmseg=2.),
        dict(row, variant='labels', network=0.9, mmseg=1.8, equal=0.99999, apart=0, miou=50.)], COLUMNS)
    *_, labels, _, last = table(tmp_path)
    assert '| 0.90 (target 0.95: missed) | 1.80 (target 1.1: met) | 0.90 | 99.9990 % | 0 | 50.00 |' in labels
    assert last == '3 rounds of 4 images, CPU, torch 2. Targets missed: labels.'


def test_ratios_are_those_of_the_rounds():
    assert ratio([(1., 2.), (2., 2.), (4., 2.)], [(2., 1.), (2., 1.), (2., 1.)], 0) == 1
    assert ratio([(1., 2.)], [(2., 1.)], 1) == 0.5


def test_mean_iou_leaves_out_ignored_pixels_and_absent_classes():
    truth, masks = np.array([[0, 0, 1, 255]], np.uint8), np.array([[0, 1, 1, 2]], np.uint8)
    assert mean_iou(masks, truth) == pytest.approx(50)


def test_images_are_drawn_once(tmp_path):
    folder = draw(tmp_path, 3)
    times = [path.stat().st_mtime_ns for path in sorted(folder.iterdir())]
    assert draw(tmp_path, 3) == folder and len(times) == 3
    assert times == [path.stat().st_mtime_ns for path in sorted(folder.iterdir())]
    assert Image.open(folder / '000002.png').size == (prediction_scale.SIDE, ) * 2


def test_tables_of_many_images(tmp_path):
    rows = [dict(measurement='memory', command=command, images=images, peak_mib=peak, seconds=1.)
            for command in prediction_scale.COMMANDS for images, peak in ((100, 500.), (10000, 510.))]
    rows.append(dict(measurement='killed', command='predict', images=1000, missing=0, twice=0, unfinished=1,
                     seconds=90.))
    write_rows(tmp_path / prediction_scale.RECORD, rows, prediction_scale.COLUMNS)
    assert prediction_scale.table('memory', tmp_path)[2] == '| `predict` | 500 MiB | 510 MiB | 1.020 |'
    assert prediction_scale.table('killed', tmp_path)[2] == '| 1,000 | 0 | 0 | 1 | 1.5 |'


def test_every_target_is_of_a_variant():
    assert set(prediction.TARGETS) <= set(prediction.VARIANTS)
