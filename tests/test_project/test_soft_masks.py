# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is advised for gray masks with more values than classes, and that it works."""
import io
import re

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.datasets.conversion import remap
from mmseg_entmin.project.code_tables import Meaning, code_table
from mmseg_entmin.project.mask_files import read_codes
from mmseg_entmin.project.soft_masks import advice_for_values

TRUTH = np.zeros((64, 64), np.uint8)
TRUTH[10:50, 12:40], TRUTH[20:40, 20:34] = 1, 2


def advised(tmp_path, array, classes, **save):
    """Labels by the first advice of the refusal."""
    path = tmp_path / f"mask.{save.pop('kind', 'png')}"
    Image.fromarray(array).save(path, **save)
    with pytest.raises(ValueError, match='the masks hold') as error:
        code_table([path], Meaning(classes))
    advice = re.search(r'classes; give (--[^;]*?) if', str(error.value))[1]
    options = {}
    for option, values in re.findall(r'--(\w+)((?: \d+)*)', advice):
        numbers = list(map(int, values.split()))
        options[option] = numbers if option == 'values' else (numbers or [1])[0]
    options = {dict(foreground='threshold').get(key, key): value for key, value in options.items()}
    meaning = Meaning(classes, **options)
    table, note, _ = code_table([path], meaning)
    return remap(read_codes(path, meaning.coding), table, path), advice


@pytest.mark.parametrize('top', [255, 200])
@pytest.mark.parametrize('kind', [dict(kind='jpg', quality=75), dict(kind='jpg', quality=95), {}])
def test_black_and_white_with_gray_edges(tmp_path, top, kind):
    gray = (top * (TRUTH > 0)).astype(np.uint8)
    if not kind:
        small = Image.fromarray(gray).resize((40, 40), Image.Resampling.BILINEAR)
        gray = np.array(small.resize((64, 64), Image.Resampling.BILINEAR))
    labels, advice = advised(tmp_path, gray, ['ground', 'cell'], **kind)
    assert advice.startswith('--threshold') and (labels == (TRUTH > 0)).mean() > .97 and labels.max() == 1


@pytest.mark.parametrize('ids, first', [(7, 1), (300, 1), (2, 301)])
def test_ids_of_objects(tmp_path, ids, first):
    numbers = np.zeros((64, 64), np.uint16)
    shown = np.flatnonzero(TRUTH)
    numbers.ravel()[shown] = first + np.arange(len(shown)) * ids // len(shown)
    labels, advice = advised(tmp_path, numbers, ['ground', 'cell'])
    assert advice == '--foreground' and (labels == (TRUTH > 0)).all()


def test_a_few_labels_from_1_on_are_no_gray_edges():
    advice = advice_for_values({1: 900, 2: 16, 3: 7}, ['background', 'crack'])
    assert advice.startswith('give --threshold 2 if all values above 1 are crack') and '--foreground' not in advice
    assert 'gray' not in advice and '--values' in advice


@pytest.mark.parametrize('values', [(0, 128, 255), (20, 90, 240)])
def test_three_classes_with_gray_edges(tmp_path, values):
    data = io.BytesIO()
    Image.fromarray(np.array(values, np.uint8)[TRUTH]).save(data, 'JPEG', quality=80)
    labels, advice = advised(tmp_path, np.array(Image.open(data)), ['ground', 'cell', 'nucleus'])
    assert advice.startswith('--values') and (labels == TRUTH).mean() > .95 and labels.max() == 2


def test_values_without_peaks_need_names(tmp_path):
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(tmp_path / 'a.png')
    with pytest.raises(ValueError, match='for 3 classes; say with --values which .*--ignore-unknown$'):
        code_table([tmp_path / 'a.png'], Meaning('abc'))


@pytest.mark.parametrize('others, classes', [([-1], 3), ([-9999], 2), ([254, 255], 3)])
def test_values_for_missing_data_beside_labels(others, classes):
    counts = {**dict.fromkeys(range(classes), 50), **dict.fromkeys(others, 9)}
    values = ' '.join(map(str, range(classes)))
    assert advice_for_values(counts, 'abcd'[:classes]).startswith(f'give --values {values} --ignore-unknown if these')


def test_one_more_label_is_no_missing_data():
    assert '--values 0 1 2 --' not in advice_for_values({0: 9, 1: 70, 2: 50, 3: 30}, 'abc')
