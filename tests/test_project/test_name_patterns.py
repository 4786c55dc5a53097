# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Patterns of names."""
import pytest

from mmseg_entmin.project.name_patterns import NamePattern, option, patterns


@pytest.mark.parametrize('text, path, key', [
    ('{}.png', 'a.png', 'a'), ('{}.png', 'x/a.png', 'x/a'), ('{}.png', 'a.PNG', 'a'), ('{}.png', 'a.png.tif', None),
    ('{}_m.png', 'a_m.png', 'a'), ('{}_m.png', 'a.png', None), ('label_{}.png', 'x/label_1.png', 'x/1'),
    ('label_{}.png', 'label_x/1.png', None), ('cell/{}.png', 'cell/x/a.png', 'x/a'), ('cell/{}.png', 'a.png', None),
    ('cell/{}.png', 'train/cell/a.png', 'train/a'), ('{}/masks/*.png', 'b/masks/7.png', 'b'),
    ('{}/masks/*.png', 'b/masks/c/7.png', None), ('{}/{}.png', 'a/a.png', 'a'), ('{}/{}.png', 'a/b.png', None),
    ('{}', 'a.jpg.png', 'a.jpg'), ('{}_m', 'a_m.tif', 'a'), ('{}_m', 'a_m', None),
    ('m_{} (*).png', 'm_1 (2).png', '1')])
def test_what_a_pattern_fits(text, path, key):
    assert NamePattern(text).key(path) == key


def test_suffixes_of_images_are_as_written():
    assert NamePattern('{}.png', any_case=False).key('a.PNG') is None
    assert [NamePattern(text).suffix for text in ('{}_0.png', '{}', '{}_left')] == ['_0.png', '', '']


def test_the_shortest_option():
    assert [option(text) for text in ('{}_m.png', '{} m.png', 'l_{}.png', '{}_m', '{}/*.png')] == [
        '--mask-suffix=_m.png', "--mask-suffix=' m.png'", "--mask-name='l_{}.png'", "--mask-name='{}_m'",
        "--mask-name='{}/*.png'"]
    assert option('i_{}.png', 'image') == "--image-name='i_{}.png'"


def test_suffixes_and_names_together():
    assert [pattern.text for pattern in patterns(['a_{}'], ['.png'])] == ['a_{}', '{}.png']
    with pytest.raises(ValueError, match="'png' as the ending of files: write it with its dot"):
        patterns([], ['png'])
