# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Soft edges take the nearest class."""
import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.datasets.conversion import remap
from mmseg_entmin.project.code_tables import Meaning, code_table
from mmseg_entmin.project.mask_files import read_codes
from mmseg_entmin.project.nearest import mixtures

CLASSES = ['ground', 'cell', 'nucleus']
COLORS = [(0, 0, 0), (200, 0, 0), (0, 0, 200)]


def picture(tmp_path, pixels, name='a.png', **options):
    Image.fromarray(np.asarray(pixels, np.uint8)).save(tmp_path / name, **options)
    return tmp_path / name


def read(path, **options):
    meaning = Meaning(CLASSES, **options)
    table, note, _ = code_table([path], meaning)
    return remap(read_codes(path, meaning.coding), table, path), note


def test_colors_within_the_distance_are_the_nearest_class(tmp_path):
    path = picture(tmp_path, [[COLORS[0], COLORS[1], COLORS[2], (190, 8, 0), (0, 20, 180), (255, 255, 255)]])
    with pytest.raises(ValueError, match='3 colors of no class, 50.00% of the pixels: .* --nearest 3[0-9]{2}, or ign'):
        read(path, colors=COLORS)
    with pytest.raises(ValueError, match='1 colors of no class that are more than 32 away from all.*#ffffff'):
        read(path, colors=COLORS, nearest=32)
    labels, note = read(path, colors=COLORS, nearest=32, ignore_unknown=True)
    assert labels.tolist() == [[0, 1, 2, 1, 2, 255]]
    assert '2 pixels (33.33%) took the nearest class: cell 1, nucleus 1' in note


def test_the_advised_distance_is_enough(tmp_path):
    mask = np.zeros((48, 48), int)
    mask[8:40, 8:40], mask[16:32, 16:32] = 1, 2
    soft = Image.fromarray(np.array(COLORS, np.uint8)[mask]).resize((96, 96), Image.Resampling.BICUBIC)
    for name in ('a.png', 'a.jpg'):
        path = picture(tmp_path, np.array(soft), name, **(dict(quality=80) if name == 'a.jpg' else {}))
        with pytest.raises(ValueError, match='colors of no class') as error:
            read(path, colors=COLORS)
        distance = float(str(error.value).split('--nearest ')[1].split(',')[0])
        labels, note = read(path, colors=COLORS, nearest=distance)
        assert (labels == np.kron(mask, np.ones((2, 2)))).mean() > .93 and not (labels == 255).any()
        assert 'took the nearest class' in note


def test_mixtures_that_look_like_a_third_class_are_said(tmp_path):
    path = picture(tmp_path, np.array([[0, 0, 60, 130, 128, 255, 255]]))
    labels, note = read(path, values=[0, 128, 255], nearest=70)
    assert labels.tolist() == [[0, 0, 0, 1, 1, 2, 2]]
    assert 'between ground and nucleus mixed pixels look like cell' in note
    given = {0: 0, 0xff0000: 1, 0xff00: 2}
    assert mixtures(given, 400, True, {0: 5}) == [(1, 2, 0)]  # half red, half green is nearest to black
    assert mixtures(given, 32, True, {0: 5}) == []


def test_255_is_ignored_unless_a_class_is_near(tmp_path):
    path = picture(tmp_path, [[0, 100, 101, 255]])
    assert read(path, values=[0, 100, 50], nearest=5)[0].tolist() == [[0, 1, 1, 255]]
    path = picture(tmp_path, [[0, 240, 250, 255]])
    assert read(path, values=[0, 240, 50], nearest=20)[0].tolist() == [[0, 1, 1, 1]]


def test_what_nearest_needs(tmp_path):
    path = picture(tmp_path, [[0, 1]])
    with pytest.raises(ValueError, match='give --colors or --values too'):
        read(path, nearest=3)
    with pytest.raises(ValueError, match='--nearest 0: give a distance above 0'):
        read(path, nearest=0, values=[0, 1, 2])
