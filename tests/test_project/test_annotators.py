# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The majority of several annotators."""
import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.annotators import Annotators, annotator_layers, majority
from mmseg_entmin.project.code_tables import Meaning
from mmseg_entmin.project.sources import Wish, find_source

CLASSES = ['ground', 'cell']


def put(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.array(rows, np.uint8)).save(path)


def test_more_than_half_have_to_agree():
    masks = [np.array([[0, 0, 1, 1, 2]]), np.array([[0, 1, 1, 1, 1]]), np.array([[0, 1, 1, 255, 0]])]
    assert majority(masks).tolist() == [[0, 1, 1, 1, 255]]
    assert majority(masks[:2]).tolist() == [[0, 255, 1, 1, 255]] and majority(masks[2:]).tolist() == masks[2].tolist()


@pytest.fixture
def folder(tmp_path):
    """Three annotators of image a, in folders and by endings, one of them of image b."""
    for number, rows in enumerate([[[0, 255, 255, 0]], [[0, 255, 0, 0]], [[0, 255, 255, 255]]]):
        put(tmp_path / f'masks/{"xyz"[number]}/a.png', rows)
        put(tmp_path / f'flat/a_{"xyz"[number]}.png', rows)
        put(tmp_path / f'images/{"abc"[number]}.png', [[[7] * 3] * 4])
    put(tmp_path / 'masks/x/b.png', [[255, 0, 0, 0]])
    return tmp_path


def test_shares_are_said(folder):
    found = Annotators(annotator_layers(folder / 'masks', ['x', 'y', 'z']), Meaning(CLASSES))
    assert found.names == ['a', 'b'] and found.labels('a').tolist() == [[0, 1, 1, 0]]
    assert found.labels('b').tolist() == [[1, 0, 0, 0]]
    assert found.note == ('4 masks of 3 annotators, the values 0, 255 in the order of classes; all agree on 50.0% of '
                          'the pixels, 1 image has one mask; ignored, without a majority: 0.00%')
    assert found.counted()[0][:, :2].tolist() == [[2, 2], [3, 1]] and found.counted()[1].tolist() == [.6, .7]
    assert found.doubts(*found.counted()) == ['where there is a majority, the annotators agree with it on: '
                                              'x/{} 100.0%, y/{} 75.0%, z/{} 75.0%']
    two = Annotators(annotator_layers(folder / 'masks', ['x', 'y']), Meaning(CLASSES))
    assert two.labels('a').tolist() == [[0, 1, 255, 0]] and two.note.endswith('ignored, without a majority: 12.50%')


@pytest.mark.parametrize('masks, annotators', [
    ('masks', ['x', 'y', 'z']), ('flat', ['_x.png', '_y.png', '_z.png']), ('flat', ['{}_x', '{}_y', '{}_z'])])
def test_annotators_are_folders_endings_or_patterns(folder, masks, annotators):
    images, _, source, _ = find_source(folder / 'images', folder / masks, Wish(CLASSES, annotators=annotators))
    assert list(images) == ['a', 'b', 'c'] and source.labels('a').tolist() == [[0, 1, 1, 0]]


def test_what_annotators_need(folder):
    with pytest.raises(ValueError, match='--annotators x: give two annotators at least'):
        annotator_layers(folder / 'masks', ['x'])
    with pytest.raises(ValueError, match='leave --mask-suffix and --mask-name out'):
        find_source(folder / 'images', folder / 'masks', Wish(CLASSES, annotators=['x', 'y'], mask_suffix=['.png']))
    put(folder / 'masks/x/a/2.png', [[0, 0, 0, 0]])
    put(folder / 'masks/x/a/3.png', [[0, 0, 0, 0]])
    with pytest.raises(ValueError, match=r'a pattern with \* gives an annotator several masks'):
        annotator_layers(folder / 'masks', ['x/{}/*', 'y'])
