# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The pictures of the page are those of the files and of the predictions, and the images are chosen by a rule."""
import base64
import io

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.report.evaluate import evaluate
from mmseg_entmin.report.group import group_runs
from mmseg_entmin.report.panels import WIDTH, common_images, make_rows, uri
from mmseg_entmin.report.run import read_run


def pixels(text: str) -> np.ndarray:
    kind, data = text.split(',')
    assert kind == 'data:image/png;base64'
    return np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert('RGB'))


@pytest.fixture
def tested(make_work_dir):
    groups = group_runs([read_run(make_work_dir(name, kind, seed)) for name, kind, seed in (
        ('base', None, 0), ('ours', 'SemiSegmentor', 1))])
    return [(group, evaluate(group.shown, device='cpu')) for group in groups]


def test_rows(tested, tiny_dataset):
    values = common_images([evaluation for _, evaluation in tested])
    base, ours = (evaluation for _, evaluation in tested)
    assert values == {name: ours.miou[name] - base.miou[name] for name in base.miou}
    rows = make_rows(tested)
    assert [row.title.split(':')[0] for row in rows] == ['worst', '25 %', 'median', '75 %', 'best']
    worst = min(values, key=values.get)
    assert rows[0].title == f'worst: {worst}, gain {values[worst]:+.1f}'
    data, first, second = rows[0].blocks
    assert [block.title for block in rows[0].blocks] == ['data', 'base', 'ours']
    assert [picture.title for picture in second.pictures] == ['prediction', 'errors', 'entropy']
    assert (pixels(data.pictures[0].uri) == np.array(Image.open(tiny_dataset / worst).convert('RGB'))).all()
    palette = np.array(ours.inferencer.palette)
    prediction = next(ours.inferencer(ours.images[worst]))
    assert (pixels(second.pictures[0].uri) == palette[prediction.labels]).all()
    truth = ours.truths(worst)
    assert (pixels(data.pictures[1].uri) == palette[truth]).all()
    right = (pixels(first.pictures[1].uri) == (229, 229, 229)).all(axis=2)
    assert (right == (next(base.inferencer(base.images[worst])).labels == truth)).all()
    assert first.pictures[1].caption == f'{100 * (1 - right.mean()):.1f} % wrong'
    assert all(picture.alt for block in rows[0].blocks for picture in block.pictures)


def test_a_run_alone_is_ordered_by_its_accuracy(tested):
    rows = make_rows(tested[1:])
    miou = tested[1][1].miou
    assert rows[0].title == f'worst: {min(miou, key=miou.get)}, mIoU {min(miou.values()):.1f}'


def test_no_image_in_common(tested):
    tested[1][1].miou = {'other.png': 1.}
    assert make_rows(tested) == []


def test_wide_pictures_are_made_smaller():
    wide = np.zeros((100, 1000, 3), np.uint8)
    wide[:, ::2] = 255
    assert pixels(uri(wide)).shape == (24, WIDTH, 3)
    assert set(np.unique(pixels(uri(wide)))) <= {0, 255}, 'labels are not mixed'
