# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The pictures of the page are those of the files and of the predictions, and the images are chosen by a rule."""
import base64
import io
from pathlib import PurePath

import mmcv
import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.report.evaluate import evaluate
from mmseg_entmin.report.group import group_runs
from mmseg_entmin.report.rows import WIDTH, common_images, make_rows, short_names, uri
from mmseg_entmin.report.work_dir import read_run


def pixels(text: str) -> np.ndarray:
    kind, data = text.split(',')
    assert kind == 'data:image/png;base64'
    return np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert('RGB'))


@pytest.fixture
def tested(make_work_dir):
    groups = group_runs([read_run(make_work_dir(name, kind, seed)) for name, kind, seed in (
        ('base', None, 0), ('ours', 'EntMin', 1))])
    return [(group, evaluate(group.shown, device='cpu')) for group in groups]


def test_rows(tested, tiny_dataset):
    values = common_images([evaluation for _, evaluation in tested])
    base, ours = (evaluation for _, evaluation in tested)
    assert values == {name: ours.miou[name] - base.miou[name] for name in base.miou}
    rows = make_rows(tested)
    assert ', '.join(row.title.split(':')[0] for row in rows) == 'worst, 25 %, median, 75 %, best'
    worst = min(values, key=values.get)
    assert rows[0].title == f'worst: {PurePath(worst).stem}, gain {values[worst]:+.1f}'
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
    assert rows[0].title == f'worst: {PurePath(min(miou, key=miou.get)).stem}, mIoU {min(miou.values()):.1f}'


def test_an_image_is_shown_once(tested):
    for _, evaluation in tested:
        for name in [*evaluation.miou][2:]:
            evaluation.miou[name] = float('nan')
    assert [row.title.split(':')[0] for row in make_rows(tested)] == ['worst, 25 %, median', '75 %, best']


def test_images_that_are_void_all_over_are_left_out(tested):
    gone, *others = tested[0][1].miou
    for _, evaluation in tested:
        evaluation.miou[gone] = float('nan')
    assert list(common_images([evaluation for _, evaluation in tested])) == others
    assert not any(PurePath(gone).stem in row.title for row in make_rows(tested))


@pytest.mark.parametrize('color_type', ['color', 'color_ignore_orientation'])
def test_the_photograph_is_turned_as_the_network_has_read_it(make_work_dir, tiny_dataset, color_type):
    upside_down = Image.Exif()
    upside_down[274] = 3
    for path in (tiny_dataset / 'images').iterdir():
        Image.open(path).save(path, 'JPEG', exif=upside_down, quality=100)
    group, = group_runs([read_run(make_work_dir('run'))])
    group.shown.config.test_dataloader.dataset.pipeline[0].color_type = color_type
    row = make_rows([(group, evaluate(group.shown, device='cpu'))])[0]
    name = row.title.split(': ')[1].split(',')[0]
    expected = mmcv.imread(str(tiny_dataset / 'images' / f'{name}.png'), color_type)[..., ::-1]
    assert (pixels(row.blocks[0].pictures[0].uri) == expected).all()


def test_no_image_in_common(tested):
    tested[1][1].miou = {'other.png': 1.}
    assert make_rows(tested) == []


def test_wide_pictures_are_made_smaller():
    wide = np.zeros((100, 1000, 3), np.uint8)
    wide[:, ::2] = 255
    assert pixels(uri(wide)).shape == (40, WIDTH, 3)
    assert set(np.unique(pixels(uri(wide)))) <= {0, 255}, 'labels are not mixed'


def test_names_are_short_where_they_stay_different():
    assert short_names(['../a/1.png', '../a/2.png', 'b/2.png']) == {
        '../a/1.png': '1', '../a/2.png': '../a/2.png', 'b/2.png': 'b/2.png'}
