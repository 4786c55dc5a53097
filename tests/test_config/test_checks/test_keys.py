# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Keys of plain dicts: a near miss is a mistake, a name of one's own is not."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks.keys import check_keys
from mmseg_entmin.config.checks.spelling import distance, near_miss, suggestion


@pytest.mark.parametrize('cfg, line', [
    (dict(optim_wraper={}), 'optim_wraper: nothing reads this key; did you mean optim_wrapper?'),
    (dict(train_dataloder={}), 'train_dataloder: nothing reads this key; did you mean train_dataloader?'),
    (dict(custom_hook=[]), 'custom_hook: nothing reads this key; did you mean custom_hooks?'),
    (dict(models={}), 'models: nothing reads this key; did you mean model?'),
    (dict(env_cfg=dict(cudnn_bechmark=True)),
     'env_cfg.cudnn_bechmark: nothing reads this key; did you mean env_cfg.cudnn_benchmark?'),
    (dict(model=dict(test_cfg=dict(strides=3))),
     'model.test_cfg.strides: nothing reads this key; did you mean model.test_cfg.stride?'),
    (dict(model=dict(ramp_up=dict(iter=3))), 'model.ramp_up.iter: RampUp has no such option; did you mean iters?'),
    (dict(model=dict(cutmix=dict(p=3))),
     'model.cutmix.p: CutMix has no such option; known are area, aspect, num_boxes, prob'),
    (dict(randomness=dict(sed=3)), 'randomness.sed: set_random_seed has no such option; did you mean seed?'),
    (dict(val_dataloader=dict(batchsize=3)),
     'val_dataloader.batchsize: DataLoader has no such option; did you mean batch_size?'),
    (dict(val_dataloader=dict(dataset=dict(datasets=[dict(data_prefix=dict(img_pth='x'))]))),
     'val_dataloader.dataset.datasets[0].data_prefix.img_pth: nothing reads this key; did you mean '
     'val_dataloader.dataset.datasets[0].data_prefix.img_path?'),
])
def test_a_near_miss(cfg, line):
    assert list(check_keys(Config(cfg))) == [line]


@pytest.mark.parametrize('name', ['crop_size', 'train_pipeline', 'norm_cfg', 'backbone', 'dataset', 'num_classes', 'lr',
                                  'unlabeled_dataset', 'max_iters', 'mode', 'data', 'seed', 'scale', 'img_norm_cfg',
                                  'data_root', 'data_root2', 'data_root_b', 'dataset_type', 'dataset_type2'])
def test_a_variable_of_ones_own(name):
    assert list(check_keys(Config({name: 1}))) == []


def test_distance_and_suggestion():
    pairs = ('', 'ab'), ('abc', 'abc'), ('abc', 'acb'), ('abc', 'abd'), ('abcd', 'acd')
    assert [distance(*pair) for pair in pairs] == [2, 0, 1, 1, 1]
    assert near_miss('mode', ['model']) is None and near_miss('modle', ['model']) == 'model'
    assert near_miss('model', ['model']) is None
    assert suggestion('x', []) == 'it takes none'
