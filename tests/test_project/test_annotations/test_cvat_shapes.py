# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The areas of CVAT's shapes."""
from xml.etree.ElementTree import Element

import numpy as np
import pytest

from mmseg_entmin.project.annotations.cvat_shapes import area

SIZE = 20, 10


def square(rows, columns):
    shown = np.zeros(SIZE[::-1], bool)
    shown[slice(*rows), slice(*columns)] = True
    return shown


@pytest.mark.parametrize('tag, keys, shown', [
    ('mask', dict(rle='0, 5, 1, 3', left='4', top='2', width='3', height='3'),
     square((2, 5), (4, 7)) & ~square((3, 4), (6, 7))),
    ('polygon', dict(points='4,2;14.00,2;14,5;4.0,5.0'), square((2, 5), (4, 14))),
    ('box', dict(xtl='4', ytl='2', xbr='14', ybr='5'), square((2, 5), (4, 14))),
    ('box', dict(xtl='6', ytl='4', xbr='14', ybr='6', rotation='90.0'), square((1, 9), (9, 11)))])
def test_each_kind_has_its_area(tag, keys, shown):
    assert (area(Element(tag, keys), SIZE) == shown).all()


def test_an_ellipse_is_turned_around_its_center():
    lying = area(Element('ellipse', dict(cx='10', cy='5', rx='6', ry='2')), SIZE)
    standing = area(Element('ellipse', dict(cx='10', cy='5', rx='2', ry='6', rotation='270')), SIZE)
    assert (lying == standing).all() and lying.sum() == pytest.approx(np.pi * 12, rel=0.15)


@pytest.mark.parametrize('tag, keys, message', [
    ('mask', dict(rle='1, 2', left='0', top='0', width='2', height='2'), 'a mask of cell .*3 pixels for a mask of 2'),
    ('mask', dict(rle='0, 4', left='19', top='0', width='2', height='2'), 'is not inside the image of 20 x 10'),
    ('box', dict(xtl='1'), 'a box of cell .*it has no ytl'), ('polygon', dict(points='1,a'), 'a polygon of cell'),
    ('polygon', {}, 'a polygon of cell .*it has no points')])
def test_what_cannot_be_read_is_refused(tag, keys, message):
    with pytest.raises(ValueError, match=message):
        area(Element(tag, keys, label='cell'), SIZE)
