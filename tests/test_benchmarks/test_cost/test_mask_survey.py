# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The masks of the survey's measurement, and its record."""
import numpy as np
from PIL import Image

from benchmarks.cost import mask_survey
from benchmarks.cost.records import RECORDS
from benchmarks.csv_rows import read_rows


def test_masks_are_drawn_once_and_linked(tmp_path, monkeypatch):
    monkeypatch.setattr(mask_survey, 'SIDE', 256)
    monkeypatch.setattr(mask_survey, 'DRAWN', 2)
    mask_survey.write_masks(tmp_path, 5)
    paths = sorted(tmp_path.iterdir())
    assert len(paths) == 5 and len({path.stat().st_ino for path in paths}) == 2
    assert set(np.unique(np.array(Image.open(paths[4])))) == {0, 128, 255}


def test_the_survey_is_faster_than_before_and_its_memory_is_flat():
    rows = read_rows(RECORDS / 'mask_survey.csv', mask_survey.ROW)
    for masks in {row['masks'] for row in rows}:
        seconds = {name: min((row['cpu_seconds'] for row in rows if (row['masks'], row['commit'] == 'this') ==
                              (masks, name)), default=None) for name in (True, False)}
        assert seconds[False] is None or seconds[True] < 0.6 * seconds[False]
    memory = [row['process_mib'] for row in rows if row['commit'] == 'this']
    assert max(memory) < 1.1 * min(memory)
