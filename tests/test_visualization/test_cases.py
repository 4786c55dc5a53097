# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of what is kept of a test run."""
import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from mmseg_entmin.visualization.cases import CollectCases, image_miou, image_name, images_by_gain

TRUTH = torch.tensor([[0, 0], [1, 255]])


@pytest.mark.parametrize('prediction, miou', [
    ([[0, 0], [1, 1]], 100.),  # the ignored pixel does not count, nor class 2, which neither has
    ([[0, 1], [1, 0]], 50.),
    ([[0, 0], [2, 0]], 100 / 3),
])
def test_image_miou(prediction, miou):
    assert image_miou(torch.tensor(prediction), TRUTH, num_classes=3) == pytest.approx(miou)


def test_collect_cases():
    logits = torch.zeros(3, 2, 2)
    logits[0, 0, 0] = 100
    sample = SegDataSample(
        metainfo=dict(img_path='a/folder/cell.7.png'),
        gt_sem_seg=PixelData(data=TRUTH[None]),
        pred_sem_seg=PixelData(data=logits.argmax(dim=0, keepdim=True)),
        seg_logits=PixelData(data=logits))
    hook = CollectCases()
    hook.cases['of an earlier run'] = None
    hook.before_test(None)
    bgr = torch.arange(12, dtype=torch.uint8).view(3, 2, 2)
    hook.after_test_iter(None, 0, dict(inputs=[bgr]), [sample])
    assert list(hook.cases) == ['cell.7']
    case = hook.cases['cell.7']
    assert case.image.dtype == np.uint8 and case.image[0, 0].tolist() == [8, 4, 0]
    assert np.array_equal(case.truth, TRUTH) and not case.prediction.any()
    assert case.entropy == pytest.approx(np.array([[0, np.log(3)], [np.log(3)] * 2]))
    assert case.miou == pytest.approx(100 / 3)
    sample.set_metainfo(dict(img_path='another/folder/cell.7.png'))
    hook.after_test_iter(None, 1, dict(inputs=[bgr + 1]), [sample])
    assert list(hook.cases) == ['cell.7', 'another/folder/cell.7.png'] and hook.cases['cell.7'] is case


def test_a_class_that_is_masked_adds_no_entropy():
    logits = torch.zeros(3, 2, 2)
    logits[2] = -torch.inf
    hook = CollectCases()
    hook.after_test_iter(None, 0, dict(inputs=[torch.zeros(3, 2, 2, dtype=torch.uint8)]), [SegDataSample(
        metainfo=dict(img_path='0.png'), gt_sem_seg=PixelData(data=TRUTH[None]),
        pred_sem_seg=PixelData(data=TRUTH[None]), seg_logits=PixelData(data=logits))])
    assert hook.cases['0'].entropy == pytest.approx(np.full((2, 2), np.log(2)))


def test_images_of_one_stem_have_their_own_names():
    taken = []
    for path in ('a/0.png', 'b/0.png', 'b/1.png'):
        taken.append(image_name(path, taken))
    assert taken == ['0', 'b/0.png', '1']


@pytest.mark.parametrize('count, shown', [(9, 'acegi'), (2, 'aaabb'), (1, 'aaaaa')])
def test_images_by_gain(count, shown):
    gains = {name: gain for gain, name in reversed(list(enumerate('abcdefghi'[:count], -4)))}
    assert images_by_gain(gains) == dict(zip(('worst', '25 %', 'median', '75 %', 'best'), shown))


def test_an_image_that_is_void_all_over_is_not_shown():
    assert np.isnan(image_miou(TRUTH, torch.full_like(TRUTH, 255), num_classes=3))
    gains = dict(zip('abcdef', (50., 90., float('nan'), 10., 70., 30.)))
    assert images_by_gain(gains) == dict(zip(('worst', '25 %', 'median', '75 %', 'best'), 'dfaeb'))
    assert images_by_gain(dict(a=float('nan'))) == {}
