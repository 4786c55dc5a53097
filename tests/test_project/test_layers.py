# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Several masks of one image: which file shows which class."""
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.layers import Layer, find_layers, named_class, shown_pixels, with_classes
from mmseg_entmin.project.mask_files import Coding
from mmseg_entmin.project.name_patterns import NamePattern, patterns

CELL = np.array([[0, 1, 1], [0, 1, 1]], bool)


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 * CELL.astype(np.uint8)).save(folder / name)


def test_a_file_belongs_to_the_longest_ending(tmp_path):
    put(tmp_path, 'a_mask.png', 'a_1_mask.png')
    layers = find_layers(tmp_path, patterns([], ['_mask.png', '_1_mask.png']))
    assert [[path.name for path in layer.files.values()] for layer in layers] == [['a_mask.png'], ['a_1_mask.png']]
    assert [set(layer.files) for layer in layers] == [{'a'}] * 2


def test_a_star_makes_as_many_layers_as_an_image_has_masks(tmp_path):
    put(tmp_path, 'a/1.png', 'a/x.png', 'b/9.png')
    layers = find_layers(tmp_path, [NamePattern('{}/*.png')])
    assert [set(layer.files) for layer in layers] == [{'a', 'b'}, {'a'}]


def test_files_that_cannot_be_told_apart(tmp_path):
    put(tmp_path, 'a_m.png', 'a_m.tif')
    with pytest.raises(ValueError, match="a_m.png' and '.*a_m.tif' are both named a by {}_m;"):
        find_layers(tmp_path, [NamePattern('{}_m')])
    with pytest.raises(FileNotFoundError, match='has no mask that is named {}_n.png'):
        find_layers(tmp_path, [NamePattern('{}_n.png')])
    with pytest.raises(FileNotFoundError, match='gone.* is not a folder'):
        find_layers(tmp_path / 'gone', [])


def test_a_pattern_without_a_suffix_takes_pictures_alone(tmp_path):
    put(tmp_path, 'a_m.png')
    for name in ('a_m.json', 'a_m.npy', 'b_m.txt'):
        (tmp_path / name).touch()
    layer, = find_layers(tmp_path, [NamePattern('{}_m')])
    assert layer.files == {'a': tmp_path / 'a_m.png'}


def layers(*texts):
    return [Layer(dict(a=Path('a.png')), text) for text in texts]


def labels(found):
    return [layer.label for layer in found]


def test_patterns_that_name_classes_may_be_in_any_order():
    classes = ['ground', 'cell', 'cell wall']
    assert labels(with_classes(layers('{}_cell_wall.png', 'Cell/{}.png'), classes)) == [2, 1]
    assert labels(with_classes(layers('{}_b.png', '{}_a.png'), classes)) == [1, 2]
    assert labels(with_classes(layers('{}_b.png', '{}_b.png', '{}_a.png'), classes)) == [1, 1, 2]
    assert named_class('{}_cellular.png', classes) is None


def test_a_background_is_missed():
    with pytest.raises(ValueError, match='each of --classes cell nucleus has masks of its own: name what none'):
        with_classes(layers('{}_cell.png', '{}_nucleus.png'), ['cell', 'nucleus'])
    assert labels(with_classes(layers('{}_1.png', '{}_2.png'), ['ground', 'cell'])) == [1, 1]


def test_gray_edges_of_one_class_need_a_threshold(tmp_path):
    Image.fromarray(np.array([[0, 3, 250], [0, 130, 255]], np.uint8)).save(tmp_path / 'a.png')
    with pytest.raises(ValueError, match='each has to hold 0 and one other value; give --threshold 128'):
        shown_pixels(tmp_path / 'a.png')
    assert shown_pixels(tmp_path / 'a.png', Coding(threshold=128)).tolist() == [[0, 0, 1], [0, 1, 1]]


@pytest.mark.parametrize('black', [0, 1])
def test_a_palette_shows_the_object_by_its_color(tmp_path, black):
    image = Image.fromarray(np.where(CELL, 1 - black, black).astype(np.uint8))
    image.putpalette([0, 0, 0, 255, 0, 0] if black == 0 else [255, 0, 0, 0, 0, 0])
    image.save(tmp_path / 'a.png')
    assert (shown_pixels(tmp_path / 'a.png') == CELL).all()


def test_a_pattern_that_names_no_class_shows_the_one_that_is_left():
    found = with_classes(layers('stromal/{}.png', 'tumor/{}.png'), ['background', 'tumor', 'stroma'])
    assert labels(found) == [2, 1]
    found = with_classes(layers('c/{}.png', 'b x/{}.png', 'a/{}.png'), ['bg', 'first', 'b x', 'last'])
    assert labels(found) == [1, 2, 3]
