# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Annotations go into formats and back; the table of the page is that of the records."""
import csv
import sys

import numpy as np
import pytest

from benchmarks.annotations import page
from benchmarks.annotations.round_trip import HARD, PINS, hard_cases, score, trips
from mmseg_entmin.project.annotations.export import Region


def test_a_way_there_and_back_is_exact(tmp_path):
    """COCO, whose library is installed here."""
    pytest.importorskip('pycocotools')
    rows = list(trips('coco', sys.executable, hard_cases(2), HARD, tmp_path))
    assert [row['way'] for row in rows] == list(page.WAYS) and rows[0]['tool'] == 'pycocotools'
    for row in rows:
        assert (row['images'], row['regions'], row['exact_regions'], row['agreement']) == (2, 9, 9, 1.)


def test_what_is_lost_is_counted():
    shown = np.zeros((2, 4), bool)
    shown[0] = True
    before = dict(a=[Region('cell', shown), Region('line', shown)], b=[Region('cell', shown)])
    after = dict(a=[Region('cell', shown), Region('cell', shown)])
    found = score(before, after, HARD)
    assert (found['regions'], found['exact_regions'], found['agreement']) == (3, 1, 0.5)


def test_all_formats_agree_on_real_masks_and_are_exact():
    with open(page.TRIPS, newline='') as file:
        rows = list(csv.DictReader(file))
    assert {row['format'] for row in rows} == set(PINS) and {row['way'] for row in rows} == set(page.WAYS)
    assert len(rows) == 36 and all(float(row['agreement']) >= 0.99 for row in rows)
    assert all(row['exact_regions'] == row['regions'] for row in rows)


def test_the_page_is_that_of_the_records(tmp_path, monkeypatch):
    text = page.PAGE.read_text()
    copy = tmp_path / 'annotate.md'
    copy.write_text(text)
    monkeypatch.setattr(page, 'PAGE', copy)
    page.write_page()
    assert copy.read_text() == text
