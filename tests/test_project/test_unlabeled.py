# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Unlabeled images in folders of their own."""
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.unlabeled import Unlabeled, config_value, find_unlabeled


def put(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((4, 6, 3), value, np.uint8)).save(path)
    return path


def test_equal_names_other_suffixes_copies_and_known_images(tmp_path):
    labeled = [put(tmp_path / f'images/{name}.png', value) for value, name in enumerate('ab')]
    put(tmp_path / 'more/a.png', 9), put(tmp_path / 'more/x/b.jpg', 9), put(tmp_path / 'more/c.JPG', 9)
    shutil.copy(labeled[1], tmp_path / 'more/d.png')
    (tmp_path / 'more/e.png').symlink_to(labeled[0])
    found, notes = find_unlabeled([tmp_path / 'more', tmp_path / 'images'], labeled, labeled, [])
    assert [(each.suffix, list(each.images)) for each in found] == [('.JPG', ['c']), ('.jpg', ['x/b']), ('.png', ['a'])]
    assert notes[0].startswith('left out: 1 copy of labeled images in') and 'd.png' in notes[0]
    assert 'adds no unlabeled image' in notes[1] and len(notes) == 2


def test_masks_and_other_pictures_are_no_images(tmp_path):
    mask = put(tmp_path / 'more/masks/a.png', 0)
    put(tmp_path / 'more/b.png', 1)
    assert [list(each.images) for each in find_unlabeled([tmp_path / 'more'], [], [], [mask])[0]] == [['b']]
    put(tmp_path / 'more/b_overlay.png', 1)
    with pytest.raises(ValueError, match='b_overlay.png. looks like a picture of another image'):
        find_unlabeled([tmp_path / 'more'], [], [], [mask])
    found, _ = find_unlabeled([tmp_path / 'more'], [], [], [mask], ['_overlay.png'])
    assert [list(each.images) for each in found] == [['b']]


def test_folders_without_images(tmp_path):
    with pytest.raises(FileNotFoundError, match="--unlabeled 'gone' is not a folder"):
        find_unlabeled([Path('gone')], [], [], [])
    with pytest.raises(FileNotFoundError, match='has no image'):
        find_unlabeled([tmp_path], [], [], [])


def test_the_config_has_an_entry_for_each_folder():
    more = [Unlabeled(Path('/m'), '.jpg', {}), Unlabeled(Path('/n'), '.png', {})]
    assert config_value(True, []) == "'splits/unlabeled.txt'"
    one = eval(config_value(False, more[:1]))
    assert one == dict(ann_file='splits/unlabeled_1.txt', img_suffix='.jpg', data_prefix=dict(img_path='/m'))
    three = eval(config_value(True, more))
    assert three[0] == 'splits/unlabeled.txt' and three[2]['ann_file'] == 'splits/unlabeled_2.txt'


def test_images_of_other_suffixes_in_the_same_folder(tmp_path):
    labeled = [put(tmp_path / f'{name}.png', value) for value, name in enumerate('ab')]
    put(tmp_path / 'c.jpg', 9)
    found, _ = find_unlabeled([tmp_path], labeled, labeled, [])
    assert [(each.suffix, list(each.images)) for each in found] == [('.jpg', ['c'])]
