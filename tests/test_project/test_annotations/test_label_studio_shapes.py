# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The areas of Label Studio's results, in percent of the image."""
import base64
import io

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.annotations.brush_rle import encode
from mmseg_entmin.project.annotations.label_studio_shapes import area, labels_of

SIZE = 20, 10


def square(rows, columns):
    shown = np.zeros(SIZE[::-1], bool)
    shown[slice(*rows), slice(*columns)] = True
    return shown


SHOWN = square((2, 5), (4, 14))
BOX = dict(x=20, y=20, width=50, height=30)


def data_url(shown):
    data = io.BytesIO()
    Image.fromarray(np.stack([np.zeros_like(shown, np.uint8)] * 3 + [shown * np.uint8(255)], axis=2)).save(data, 'PNG')
    return 'data:image/png;base64,' + base64.b64encode(data.getvalue()).decode()


@pytest.mark.parametrize('kind, value, shown', [
    ('brushlabels', dict(format='rle', rle=encode(SHOWN)), SHOWN),
    ('bitmasklabels', dict(imageDataURL=data_url(SHOWN)), SHOWN),
    ('rectanglelabels', BOX, SHOWN), ('rectangle', dict(BOX, rotation=0), SHOWN),
    ('polygonlabels', dict(points=[[20, 20], [70, 20], [70, 50], [20, 50]]), SHOWN),
    # 10 x 3 pixels, turned by 90 degrees around the corner (10, 1): 3 pixels to the left, 10 downwards, cut at the edge
    ('rectanglelabels', dict(x=50, y=10, width=50, height=30, rotation=90), square((1, 10), (7, 10)))])
def test_each_kind_has_its_area(kind, value, shown):
    assert (area(dict(type=kind, value=value), SIZE) == shown).all()


def test_an_ellipse_is_turned_around_its_center():
    lying = area(dict(type='ellipselabels', value=dict(x=50, y=50, radiusX=20, radiusY=20)), SIZE)
    standing = area(dict(type='ellipselabels', value=dict(x=50, y=50, radiusX=10, radiusY=40, rotation=90)), SIZE)
    assert (lying == standing).all() and lying.any(axis=0).sum() == 8 and lying.any(axis=1).sum() == 4
    assert lying.sum() == pytest.approx(np.pi * 4 * 2, rel=0.15)


def test_labels_stand_beside_the_shape_or_in_it():
    assert labels_of(dict(type='brushlabels', value=dict(brushlabels=['a', 'b']))) == ['a', 'b']
    assert labels_of(dict(type='brush', value=dict(labels=['c']))) == ['c']
    assert labels_of(dict(type='brush', value={})) == []


@pytest.mark.parametrize('result, message', [
    (dict(type='brushlabels', value=dict(rle=[1])), 'a brush cannot be read: .*no brush stroke'),
    (dict(type='polygonlabels', value={}), "a polygon cannot be read: KeyError: 'points'"),
    (dict(type='bitmasklabels', value=dict(imageDataURL=data_url(SHOWN[:5]))), 'is 20 x 5 pixels, not 20 x 10'),
    (dict(type='rectangle', value=BOX, image_rotation=90), 'on an image turned by 90 degrees')])
def test_what_cannot_be_read_is_refused(result, message):
    with pytest.raises(ValueError, match=message):
        area(result, SIZE)
