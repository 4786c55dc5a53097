# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names of images in exports are matched to files, and never guessed between two."""
from pathlib import Path

import pytest

from mmseg_entmin.project.annotations.image_names import below, match


def images(*files):
    return {file.rpartition('.')[0]: Path('images', file) for file in files}


@pytest.mark.parametrize('written, expected', [
    ('a.png', 'a'), ('./a.png', 'a'), ('/data/upload/a.png', 'a'), ('C:\\Users\\me\\a.png', 'a'), ('a.jpg', 'a'),
    ('a', 'a'), ('sub/b c.png', 'sub/b c'), ('b%20c.png', 'sub/b c'), ('..\\sub\\b c.png', 'sub/b c'),
    ('e\u0301.png', '\u00e9'), ('file:///x/a.png', 'a'), ('v1.2', 'v1.2'), ('v1.2.tif', 'v1.2'), ('100%.png', '100%')])
def test_one_file_fits(written, expected):
    files = images('a.png', 'sub/b c.png', '\u00e9.png', 'v1.2.png', '100%.png')
    assert match([written], files) == ({written: expected}, [])


def test_the_nearest_path_is_taken_and_the_rest_is_said():
    files = images('train/a.png', 'val/a.png', 'b.png')
    found, left = match(['x/train/a.png', 'val/a.png', 'c.png', 'old/b.png', 'b.png'], files)
    assert found == {'x/train/a.png': 'train/a', 'val/a.png': 'val/a', 'b.png': 'b'} and left == ['c.png', 'old/b.png']


@pytest.mark.parametrize('written, files, message', [
    (['a.png'], ['train/a.png', 'val/a.png'], "'a.png' may be 'images/train/a.png' or 'images/val/a.png'"),
    (['train/a.png', 'val/a.png'], ['a.png'], "'train/a.png' and 'val/a.png' both fit 'images/a.png'"),
    (['a.png', 'a.jpg'], ['a.tif'], "'a.png' and 'a.jpg' both fit")])
def test_two_that_fit_are_refused(written, files, message):
    with pytest.raises(ValueError, match=message):
        match(written, images(*files))


def test_the_ending_of_image_files_may_be_more_than_a_suffix():
    assert match(['a_0000.png', 'b'], {'a': Path('a_0000.png'), 'b': Path('b_0000.png')}) == (
        {'a_0000.png': 'a', 'b': 'b'}, [])


@pytest.mark.parametrize('place, expected', [
    ('train/via.json', 'train/a.png'), ('train', 'train/a.png'), ('.', 'a.png'), ('../other', 'a.png')])
def test_names_are_relative_to_the_images_if_the_export_is_among_them(tmp_path, place, expected):
    for folder in ('images/train', 'other'):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / 'images/train/via.json').touch()
    assert below(['a.png'], tmp_path / 'images' / place, tmp_path / 'images') == {'a.png': expected}
    assert below(['..\\a.png'], tmp_path / 'images/train', tmp_path / 'images') == {'..\\a.png': 'a.png'}


def test_names_that_a_server_has_changed():
    images = {name: Path(f'{name}.png') for name in ('case (1)', 'my im 2', 'x')}
    assert match(['case_1.png', 'up/my_im_2.png', 'y.png'], images) == (
        {'case_1.png': 'case (1)', 'up/my_im_2.png': 'my im 2'}, ['y.png'])
    assert match(['a_b.png'], {'a b': Path('a b.png'), 'a (b)': Path('a (b).png')}) == ({}, ['a_b.png']), 'which?'
