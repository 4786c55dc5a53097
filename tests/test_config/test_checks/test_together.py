# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options that do not go together."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks.together import check_channels, check_together, copy_warnings


def config(size=(32, 32), crop=(32, 32), **parts) -> Config:
    pipeline = [dict(type='LoadImageFromFile'), dict(type='RandomCrop', crop_size=crop)]
    return Config(dict(dict(
        model=dict(data_preprocessor=dict(type='SegDataPreProcessor', size=size)),
        train_dataloader=dict(num_workers=0, dataset=dict(labeled=dict(pipeline=pipeline)))), **parts))


@pytest.mark.parametrize('key', ['train_dataloader', 'val_dataloader', 'test_dataloader'])
@pytest.mark.parametrize('options', [
    dict(num_workers=0, persistent_workers=True), dict(num_workers=0, prefetch_factor=2), dict(persistent_workers=True),
    dict(num_workers=-1), dict(num_workers=0, multiprocessing_context='fork'), dict(num_workers=0, timeout=-1),
    dict(batch_size=0), dict(batch_size=-1)])
def test_a_loader_that_pytorch_refuses_is_refused_by_key(key, options):
    problem, = check_together(config(**{key: options}))
    assert problem.startswith(f'{key} (') and str(next(iter(options))) in problem


@pytest.mark.parametrize('options', [
    dict(num_workers=0), dict(num_workers=2, persistent_workers=True, prefetch_factor=2), dict(num_workers=2), {}])
def test_a_loader_that_pytorch_takes_passes(options):
    assert not list(check_together(config(val_dataloader=options)))


@pytest.mark.parametrize('nested', [False, True])
def test_two_rules_of_padding_are_refused(nested):
    both = dict(size=(32, 32), size_divisor=16)
    preprocessor = dict(size=(32, 32), test_cfg=both) if nested else both
    problem, = check_together(config(model=dict(data_preprocessor=preprocessor)))
    assert problem.startswith('model.data_preprocessor.' + 'test_cfg.' * nested + 'size=(32, 32) and size_divisor=16')
    assert not list(check_together(config(model=dict(data_preprocessor=dict(size=None, size_divisor=16)))))


@pytest.mark.parametrize('values, channels', [(3, 4), (4, None), (3, 1), (4, 6)])
def test_a_mean_for_other_channels_than_the_backbone_takes_is_refused(values, channels):
    backbone = {} if channels is None else dict(in_channels=channels)
    model = dict(backbone=backbone, data_preprocessor=dict(mean=[1.] * values, std=[1.]))
    problem, = check_together(config(model=model))
    assert problem.startswith(f'model.data_preprocessor.mean: {values} values for images of {channels or 3} channel')
    for count in (1, channels or 3):
        model['data_preprocessor']['mean'] = [1.] * count
        assert not list(check_together(config(model=model)))


@pytest.mark.parametrize('head', [dict(type='PIDHead'), dict(type='UncertaintyHead', head=dict(type='PIDHead'))])
def test_pid_head_without_edges_is_refused(head):
    problem, = check_together(config(model=dict(decode_head=head)))
    assert problem.startswith('model.decode_head: PIDHead needs the edges') and 'GenerateEdge' in problem
    edges = dict(dataset=dict(labeled=dict(pipeline=[dict(type='GenerateEdge', edge_width=4)])))
    assert not list(check_together(config(model=dict(decode_head=head), train_dataloader=edges)))


@pytest.mark.parametrize('crop', [(16, 16), 16, [16, 32]])
def test_a_crop_that_is_padded_to_another_size_is_named(crop):
    warning, = copy_warnings(config(crop=crop))
    assert warning.startswith('train_dataloader.dataset.labeled.pipeline[1].crop_size=(16, ')
    assert 'model.data_preprocessor.size=(32, 32)' in warning


def test_equal_sizes_and_no_size_pass():
    assert not list(copy_warnings(config())) and not list(copy_warnings(config(crop=32)))
    assert not list(copy_warnings(config(size=None, crop=16)))


def test_test_windows_of_another_size_are_named():
    model = dict(data_preprocessor=dict(size=(32, 32)), test_cfg=dict(mode='slide', crop_size=(64, 64)))
    warning, = copy_warnings(config(model=model))
    assert warning.startswith('model.test_cfg.crop_size=(64, 64), but train_dataloader.dataset.labeled.pipeline[1].c')
    model['test_cfg']['crop_size'] = [32, 32]
    assert not list(copy_warnings(config(model=model)))


@pytest.mark.parametrize('place', ['preprocessor', 'step', 'head'])
def test_padding_that_is_trained_on_is_named(place):
    cfg = config(model=dict(data_preprocessor=dict(seg_pad_val=255), decode_head=dict(head=dict(num_classes=2))))
    assert not list(copy_warnings(cfg))
    if place == 'head':
        cfg.model.decode_head.head.ignore_index = 9
    part = cfg.model.data_preprocessor if place == 'preprocessor' else cfg.train_dataloader.dataset.labeled.pipeline[1]
    part.seg_pad_val = 0
    warning = list(copy_warnings(cfg))[-1]
    assert f"seg_pad_val=0, but the decode head ignores label {9 if place == 'head' else 255}" in warning


@pytest.mark.parametrize('color, mean, channels, line', [
    ('color', [1., 2., 3.], 3, None), ('grayscale', [1.], 1, None), ('grayscale', [1., 2., 3.], 3, None),
    ('unchanged', [1.] * 4, 4, None), ('color', None, 3, None), ('color', [1.], None, None),
    ('color', [1.] * 4, 4, 'model.backbone.in_channels=4, but the images have 3 channels'),
    ('color', [1.] * 3, 4, 'model.backbone.in_channels=4, but the images have 3 channels'),
    ('grayscale', [1.], 3, 'model.backbone.in_channels=3, but the images have 1 channel:'),
    ('grayscale', None, 4, 'model.backbone.in_channels=4, but the images have 1 channel:'),
])
def test_channels_that_do_not_agree_are_refused(color, mean, channels, line):
    cfg = config(size=None, model=dict(data_preprocessor=dict(mean=mean), backbone=dict(in_channels=channels)))
    cfg.train_dataloader.dataset.labeled.pipeline[0].color_type = color
    found = list(check_channels(cfg))
    assert not found if line is None else found[0].startswith(line)
    cfg.train_dataloader.dataset.labeled.pipeline.append(dict(type=OwnTransform))
    assert not list(check_channels(cfg))


class OwnTransform:
    """May make any channels."""


@pytest.mark.parametrize('key, loop, refused', [
    ('val_dataloader', {}, True), ('test_dataloader', {}, True), ('train_dataloader', dict(max_epochs=2), True),
    ('train_dataloader', dict(by_epoch=True), True), ('train_dataloader', dict(max_iters=2), False)])
def test_a_pass_that_never_ends_is_refused(key, loop, refused):
    problems = list(check_together(config(train_cfg=loop, **{key: dict(sampler=dict(type='InfiniteSampler'))})))
    assert [problem.split(':')[0] for problem in problems] == [f'{key}.sampler=InfiniteSampler'] * refused


@pytest.mark.parametrize('test_cfg, refused', [
    (dict(mode='whole'), False), ({}, False), (dict(mode='slide', crop_size=(8, 8), stride=(4, 4)), False),
    (dict(mode='slide'), True), (dict(mode='slide', crop_size=(8, 8)), True), (dict(mode='whle'), True)])
def test_a_mode_of_prediction_that_cannot_work_is_refused(test_cfg, refused):
    found = list(check_together(config(model=dict(test_cfg=test_cfg))))
    assert [problem.split(':')[0] for problem in found] == [f"model.test_cfg.mode='{test_cfg.get('mode')}'"] * refused


@pytest.mark.parametrize('key', ['val_dataloader', 'test_dataloader'])
def test_images_that_would_not_be_scored_are_refused(key):
    problem, = check_together(config(**{key: dict(batch_size=4, drop_last=True)}))
    assert problem == f'{key}.drop_last=True: the last images would not be scored; set it to False'


def test_metrics_that_iou_metric_does_not_have_are_refused():
    for metrics, wrong in (['mIoU', 'mDice', 'mFscore'], False), (['mIOU'], True):
        problems = list(check_together(config(val_evaluator=dict(type='IoUMetric', iou_metrics=metrics))))
        assert [each.startswith("val_evaluator.iou_metrics: ['mIOU'] are no") for each in problems] == [True] * wrong


def test_activation_checkpointing_of_mmengine_is_refused():
    """The backbone gets no gradient with it, since images need none."""
    problem, = check_together(config(activation_checkpointing=['backbone']))
    assert problem.startswith("activation_checkpointing=['backbone']: with MMEngine") and 'with_cp=True' in problem
    assert not list(check_together(config(activation_checkpointing=None)))
