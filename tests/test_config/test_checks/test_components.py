# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Components and options that do not exist are named by their full key; what may be somebody's own is left alone."""
import pytest

from benchmarks.results.methods import all_methods
from benchmarks.results.run_configs import load, run_ids
from mmseg_entmin.config.checks import config_problems

WBC = 'entmin/unet_wbc_1-10'


def problems(run=WBC, **options):
    cfg = load(run)
    cfg.merge_from_dict(options)
    return config_problems(cfg)


@pytest.mark.parametrize('method', all_methods(), ids=lambda method: method.folder)
def test_every_config_of_the_repository_passes(method):
    found = {run: problems(run) for run in run_ids() if run.startswith(f'{method.runs}/')}
    assert found and not any(found.values()), found


@pytest.mark.parametrize('key, value, meant', [
    ('model.unsup_wieght', 1, 'unsup_weight'),
    ('model.decode_head.head.num_clases', 3, 'num_classes'),
    ('model.cls_head.in_chanels', 3, 'in_channels'),
    ('optim_wrapper.optimizer.weigth_decay', 3, 'weight_decay'),
    ('train_cfg.max_iter', 3, 'max_iters'),
    ('default_hooks.checkpoint.intervall', 3, 'interval'),
    ('train_dataloader.sampler.labelled', 3, 'labeled'),
    ('train_dataloader.dataset.unlabeled.ann_fle', 3, 'ann_file'),
    ('val_evaluator.iou_metrcs', 3, 'iou_metrics'),
])
def test_a_misspelt_option(key, value, meant):
    line, = problems(**{key: value})
    assert line.startswith(f'{key}: ') and f'did you mean {meant}?' in line


def test_a_function_of_a_loader():
    assert problems(**{'train_dataloader.collate_fn': dict(type='default_collate')}) == []


@pytest.mark.parametrize('key, value, meant', [('model.backbone', 'UNett', 'UNet'),
                                               ('optim_wrapper.optimizer', 'AdamWW', 'AdamW'),
                                               ('train_dataloader.sampler', 'LabeledUnlabelledSampler', 'LabeledUnlab'),
                                               ('model.backbone', 'absent_library.ResNet', 'is not installed')])
def test_a_component_that_does_not_exist(key, value, meant):
    line = problems(**{f'{key}.type': value})[0]
    assert line.startswith(f"{key}.type='{value}': there is no such component") and meant in line


@pytest.mark.parametrize('key, value, expected', [
    ('model.unsup_weight', '0.1', 'float'), ('model.unsup_weight', True, 'float'),
    ('model.cls_head.in_channels', 12.5, 'int'), ('model.decode_head.head.num_classes', 'three', 'int'),
    ('optim_wrapper.optimizer.lr', '0.1', 'float'), ('train_cfg.max_iters', '9', 'int'),
    ('train_dataloader.num_workers', '2', 'int'), ('model.decode_head.head.dropout_ratio', 'high', 'float'),
])
def test_a_wrong_type(key, value, expected):
    line, = problems(**{key: value})
    assert line.startswith(f'{key}={value!r}: ') and f'takes {expected} here' in line


@pytest.mark.parametrize('options', [
    {'custom_hooks': [dict(type='EMAHook', priority='LOW', momentum=1e-3)]},
    {'model.backbone': dict(type='TIMMBackbone', model_name='resnet18', in_chans=3, output_stride=8, _delete_=True)},
    {'model.backbone.norm_cfg': dict(type='SyncBN', requires_grad=True, eps=1e-3)},
    {'model.unsup_weight': 1}, {'model.ramp_up': None},
    {'param_scheduler': [dict(type='PolyLR', power=0.9, by_epoch=True, convert_to_iter_based=True)]},
    {'train_cfg': dict(by_epoch=False, max_iters=3, _delete_=True)},
    {'train_dataloader.dataset.labeled.pipeline': [dict(type='Albu', transforms=[dict(type='HueSaturationValue')])]},
])
def test_what_is_right_is_left_alone(options):
    assert problems(**options) == []
