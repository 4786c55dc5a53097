# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The unlabeled dataset that follows from a labeled one."""
import numpy as np
import pytest
from mmcv.transforms import Compose
from mmengine.config import ConfigDict
from mmengine.registry import DefaultScope

from mmseg_entmin.config.unlabeled_dataset import derived_pipeline, unlabeled_dataset, without_annotations

LOAD, PACK = dict(type='LoadImageFromFile'), dict(type='PackSegInputs')
LABELED = dict(
    type='BaseSegDataset', data_root='root', ann_file='labeled.txt', img_suffix='.png', indices=8,
    data_prefix=dict(img_path='images', seg_map_path='annotations'),
    pipeline=[LOAD, dict(type='LoadAnnotations', reduce_zero_label=True), dict(type='RandomFlip', prob=0.5), PACK])
PLAIN = dict(type='BaseSegDataset', data_root='root', ann_file='', img_suffix='.png',
             data_prefix=dict(img_path='images'), pipeline=[LOAD, dict(type='RandomFlip', prob=0.5), PACK])


@pytest.mark.parametrize('differs, expected', [
    ('rest.txt', dict(PLAIN, ann_file='rest.txt')),
    ('more', dict(PLAIN, data_prefix=dict(img_path='more'))),
    (dict(data_root='other'), dict(PLAIN, data_root='other')),
    (dict(img_suffix='.jpg', data_prefix=dict(img_path='more'), ann_file='a.txt'),
     dict(PLAIN, img_suffix='.jpg', data_prefix=dict(img_path='more'), ann_file='a.txt')),
    (dict(pipeline=[LOAD, PACK]), dict(PLAIN, pipeline=[LOAD, PACK])),
    (dict(type='A', pipeline=[LOAD]), dict(type='A', pipeline=[LOAD])),
])
def test_is_the_labeled_one_but_for_masks_list_and_what_differs(differs, expected):
    before = repr(LABELED)
    assert unlabeled_dataset(LABELED, differs) == expected
    assert repr(LABELED) == before


@pytest.mark.parametrize('wrapped', [
    dict(type='RepeatDataset', times=3, dataset=LABELED),
    dict(type='ClassBalancedDataset', oversample_thr=0.5, dataset=LABELED),
    dict(type='ConcatDataset', datasets=[LABELED, dict(LABELED, ann_file='more.txt')]),
    dict(type='ConcatDataset', datasets=[
        LABELED, dict(LABELED, data_prefix=dict(img_path='images', seg_map_path='others'), seg_map_suffix='.gif')]),
    dict(type='mmengine.RepeatDataset', times=2, dataset=dict(type='ConcatDataset', datasets=[LABELED])),
])
def test_looks_into_wrappers(wrapped):
    assert unlabeled_dataset(ConfigDict(wrapped), 'rest.txt') == dict(PLAIN, ann_file='rest.txt')


@pytest.mark.parametrize('labeled, message', [
    (dict(type='ConcatDataset', datasets=[LABELED, dict(LABELED, type='VOC')]), 'joins 2 that differ'),
    (dict(type='MultiImageMixDataset', dataset=LABELED, pipeline=[]), 'MultiImageMixDataset'),
    *((dict(LABELED, pipeline=[LOAD, dict(type=kind)]), kind)
      for kind in ('RandomMosaic', 'BioMedical3DRandomCrop', 'BioMedical3DRandomFlip')),
])
def test_refuses_what_gives_no_model_for_it(labeled, message):
    with pytest.raises(ValueError, match=f'{message}.*unlabeled='):
        unlabeled_dataset(labeled, 'rest.txt')
    complete = dict(type='BaseSegDataset', pipeline=[LOAD, PACK])
    assert unlabeled_dataset(labeled, complete) == complete


MASKS, TURN = dict(type='LoadAnnotations'), dict(type='RandomRotate', prob=1., degree=30)


@pytest.mark.parametrize('turn', [
    TURN, dict(type='mmseg.RandomRotate', prob=1., degree=30), dict(type='Pad', size=(64, 64)),
    dict(type='Shift', seg_pad_val=255), dict(type='Albu', transforms=[]),
    dict(type='RandomChoice', transforms=[[TURN], []])])
def test_pixels_that_a_step_leaves_empty_are_tracked_in_the_masks_place(turn):
    resize, pack = dict(type='Resize', scale=(48, 48)), dict(type='PackSegInputs', meta_keys=('img_path', ))
    steps = derived_pipeline([LOAD, MASKS, resize, turn, dict(type='GenerateEdge'), pack])
    assert steps == [LOAD, dict(type='TrackEmptyPixels'), resize, turn, dict(pack, type='PackUnlabeledInputs')]
    assert pack['type'] == 'PackSegInputs'


def test_nothing_is_tracked_where_nothing_stays_empty_or_the_pipeline_packs_in_its_own_way():
    assert derived_pipeline([LOAD, MASKS, dict(type='RandomFlip'), PACK]) == [LOAD, dict(type='RandomFlip'), PACK]
    reflect = dict(type='RandomRotateReflect', prob=1., degree=30)
    assert derived_pipeline([LOAD, MASKS, reflect, PACK]) == [LOAD, reflect, PACK]
    assert derived_pipeline([LOAD, MASKS, TURN, dict(type='MyPack')]) == [LOAD, TURN, dict(type='MyPack')]
    assert derived_pipeline([]) == []


def test_a_pipeline_of_the_zoo_runs_without_masks():
    crop = dict(type='RandomCrop', crop_size=(16, 16), cat_max_ratio=0.75)
    steps = without_annotations([
        dict(type='LoadAnnotations'), dict(type='mmcv.LoadAnnotations'), dict(type='LoadBiomedicalAnnotation'),
        dict(type='RandomResize', scale=(64, 32), ratio_range=(0.5, 2.0), keep_ratio=True),
        dict(type='RandomChoice', transforms=[[crop], [crop, dict(type='GenerateEdge')]]),
        dict(type='RandomFlip', prob=0.5), dict(type='PhotoMetricDistortion'), PACK])
    assert [step['type'] for step in steps][0] == 'RandomResize'
    assert crop['cat_max_ratio'] == 0.75 and steps[1]['transforms'][1] == [dict(crop, cat_max_ratio=1.)]
    with DefaultScope.overwrite_default_scope('mmseg'):
        image = np.full((40, 50, 3), 9, np.uint8)
        out = Compose(steps)(dict(img=image, img_shape=(40, 50), ori_shape=(40, 50), img_path='a', seg_fields=[]))
    assert 'gt_sem_seg' not in out['data_samples'] and max(out['inputs'].shape[1:]) == 16


@pytest.mark.parametrize('key, value', [('data_root', 'other'), ('pipeline', [LOAD, PACK]), ('img_suffix', '.jpg'),
                                        ('data_prefix', dict(img_path='more')), ('type', 'VOC')])
def test_where_labeled_sets_differ_it_has_to_be_said(key, value):
    joined = dict(type='ConcatDataset', datasets=[LABELED, dict(LABELED, **{key: value})])
    with pytest.raises(ValueError, match=rf'joins 2 that differ in {key}; .*unlabeled=dict\({key}=...'):
        unlabeled_dataset(joined, 'rest.txt')
    assert unlabeled_dataset(joined, {key: value})[key] == value
