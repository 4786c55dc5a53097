# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""VIA's projects, JSON and CSV: sizes come from the images, the class from the one attribute."""
import csv
import json

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.annotations.drawn import Drawn
from mmseg_entmin.project.annotations.registry import recognise

SQUARE = dict(name='polygon', all_points_x=[1, 4, 4, 1], all_points_y=[1, 1, 4, 4])


def doubts(drawn):
    return ' | '.join(drawn.doubts(np.zeros((1, 256)), [1.]))


def written(folder, *regions, project=False, name='via.json', size=123):
    entries = {'a.png123': dict(filename='a.png', size=size, file_attributes={}, regions=[
        dict(shape_attributes=shape, region_attributes=attributes) for shape, attributes in regions])}
    path = folder / name
    path.write_text(json.dumps(dict(_via_settings={}, _via_img_metadata=entries) if project else entries))
    return path


@pytest.mark.parametrize('project', [False, True])
@pytest.mark.parametrize('value, expected', [(dict(kind='cell'), 'cell'), ({}, 'object'),
                                             (dict(kind={'cell': True, 'nucleus': False}), 'cell')])
def test_the_one_attribute_is_the_class(tmp_path, project, value, expected):
    export = recognise(written(tmp_path, (SQUARE, value), project=project))
    assert export.classes == [expected] and not export.notes and export.images['a.png'].bytes == 123
    region, = export.images['a.png'].regions((10, 8))
    assert region.name == expected and region.shown.shape == (8, 10) and region.shown.sum() == 9


@pytest.mark.parametrize('shape, pixels', [
    (dict(name='rect', x=1, y=2, width=3, height=2), 6), (dict(name='circle', cx=5, cy=4, r=3), 28),
    (dict(name='ellipse', cx=5, cy=4, rx=3, ry=3), 28),
    (dict(name='polyline', all_points_x=[0, 9], all_points_y=[4, 4]), 80),
    (dict(name='point', cx=5, cy=4), 66)])
def test_all_shapes(tmp_path, shape, pixels):
    region, = recognise(written(tmp_path, (shape, {}))).images['a.png'].regions((10, 8))
    assert abs(region.shown.sum() - pixels) <= 4


def test_images_that_were_resized_since_are_refused_or_named(tmp_path):
    for name, size in (('small', (3, 3)), ('large', (40, 40))):
        (tmp_path / name).mkdir()
        Image.new('RGB', size).save(tmp_path / name / 'a.png')
    export = recognise(written(tmp_path, (SQUARE, {})))
    with pytest.raises(ValueError, match=r"regions of 'a' reach to \(4, 4\), its image .* is 3 x 3 pixels, and not the "
                                         'file that was annotated, of 123 bytes: give the folder'):
        Drawn(export, dict(a=tmp_path / 'small/a.png'))
    image = tmp_path / 'large/a.png'
    assert 'not the annotated files, by their bytes: 1 image, like a' in doubts(Drawn(export, dict(a=image)))
    same = export._replace(images={'a.png': export.images['a.png']._replace(bytes=image.stat().st_size)})
    assert 'other files' not in doubts(Drawn(same, dict(a=image)))
    unknown = recognise(written(tmp_path, (SQUARE, {}), size=-1))
    assert unknown.images['a.png'].bytes is None and 'states no sizes' in doubts(Drawn(unknown, dict(a=image)))


def test_csv(tmp_path):
    with open(tmp_path / 'via.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['#filename', 'file_size', 'file_attributes', 'region_count', 'region_id',
                         'region_shape_attributes', 'region_attributes'])
        writer.writerow(['a.png', 1, '{}', 1, 0, json.dumps(SQUARE), json.dumps(dict(kind='cell'))])
        writer.writerow(['b.png', 1, '{}', 0, 0, '{}', '{}'])
    export = recognise(tmp_path)
    assert export.classes == ['cell'] and not list(export.images['b.png'].regions((10, 8)))
    assert next(export.images['a.png'].regions((10, 8))).shown.sum() == 9


@pytest.mark.parametrize('regions, message', [
    ([(SQUARE, dict(kind='a', quality='good'))], 'several attributes, kind, quality, and any may be the class'),
    ([(SQUARE, dict(kind='a')), (SQUARE, {})], "of image 'a.png' has no value of 'kind'"),
    ([(SQUARE, dict(kind={'a': True, 'b': True}))], "no value of 'kind', or several"),
    ([(dict(name='star'), {})], 'shapes of type star; known types are polygon')])
def test_what_would_be_a_guess_is_refused(tmp_path, regions, message):
    with pytest.raises(ValueError, match=message):
        recognise(written(tmp_path, *regions))


def test_an_attribute_without_a_value_is_no_class(tmp_path):
    path = written(tmp_path, (SQUARE, dict(kind='cell', note='')), (SQUARE, dict(kind='cell', note='', parts={})))
    assert recognise(path).classes == ['cell']
