# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Schedules scaled to small data."""
import pytest
from mmengine.config import Config

from mmseg_entmin.project.schedule import scaled

BASE = Config(dict(
    train_cfg=dict(type='IterBasedTrainLoop', max_iters=160000),
    param_scheduler=[dict(type='LinearLR', begin=0, end=1500, by_epoch=False),
                     dict(type='PolyLR', begin=1500, end=160000, by_epoch=False),
                     dict(type='MultiStepLR', milestones=[80000, 120000], by_epoch=False)]))


@pytest.mark.parametrize('labeled, unlabeled, iters', [
    (50, 450, 4500), (200, 300, 10000), (12, 30, 1000), (11, 285, 2900), (10**6, 10**6, 160000)])
def test_iterations_follow_the_data(labeled, unlabeled, iters):
    assert scaled(BASE, labeled, unlabeled).iters == iters


def test_crops_of_enlarged_images_take_more_steps():
    assert scaled(BASE, 12, 30, longer=10 / 3).iters == 3400 and scaled(BASE, 12, 30, iters=500, longer=2.).iters == 500
    assert scaled(BASE, 10**6, 10**6, longer=2.).iters == 320000


def test_learning_rates_keep_their_course():
    warm, poly, steps = scaled(BASE, 50, 450, iters=16000).param_scheduler
    assert (warm['begin'], warm['end'], poly['begin'], poly['end']) == (0, 150, 150, 16000)
    assert steps['milestones'] == [8000, 12000]
    poly, steps = scaled(BASE, 50, 450, iters=2).param_scheduler  # MMEngine would never leave a warm-up of one step
    assert (poly['begin'], poly['end']) == (1, 2)
    assert scaled(BASE, 50, 450, iters=1).param_scheduler[1]['milestones'] == [1, 1]
    assert BASE.param_scheduler[0].end == 1500


def test_a_batch_fits_the_data():
    assert [scaled(BASE, *counts).batch for counts in ((50, 450), (3, 450), (50, 2))] == [4, 3, 2]
    for batch in (0, 4):
        with pytest.raises(ValueError, match=f'--batch {batch}: there are 3 labeled.*give 1 to 3'):
            scaled(BASE, 3, 9, batch=batch)
    with pytest.raises(ValueError, match='give --batch 1$'):
        scaled(BASE, 1, 9, batch=2)


def test_refuses_epochs_and_no_iterations():
    with pytest.raises(ValueError, match='counts epochs'):
        scaled(Config(dict(train_cfg=dict(by_epoch=True, max_epochs=3))), 9, 9)
    with pytest.raises(ValueError, match="train_cfg has no max_iters.*another --base"):
        scaled(Config(dict(train_cfg=dict(type='IterBasedTrainLoop'))), 9, 9)
    with pytest.raises(ValueError, match='--iters 0'):
        scaled(BASE, 9, 9, iters=0)


def test_every_count_of_iterations_is_scaled():
    base = Config(dict(train_cfg=dict(max_iters=160000), param_scheduler=[
        dict(type='CosineAnnealingLR', T_max=160000), dict(type='StepLR', step_size=40000),
        dict(type='ConstantLR', total_iters=1600), dict(type='OneCycleLR', total_steps=160000),
        dict(type='CosineRestartLR', periods=[80000, 80000])]))
    cosine, step, constant, cycle, restart = scaled(base, 50, 450, iters=16000).param_scheduler
    assert (cosine['T_max'], step['step_size'], constant['total_iters']) == (16000, 4000, 160)
    assert (cycle['total_steps'], restart['periods']) == (16000, [8000, 8000])
    assert not any(scheduler['by_epoch'] for scheduler in (cosine, step, constant))


def test_one_scheduler_needs_no_list():
    base = Config(dict(train_cfg=dict(max_iters=100), param_scheduler=dict(type='PolyLR', end=100)))
    assert scaled(base, 50, 450, iters=10).param_scheduler == [dict(type='PolyLR', end=10, by_epoch=False)]
