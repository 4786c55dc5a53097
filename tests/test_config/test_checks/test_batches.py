# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""More images in a step than the lists name, and schedules that two sources do not have."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks.batches import check_batches, counted_epochs, scaled_rate


def config(root, labeled, unlabeled, **options) -> Config:
    sources = {kind: dict(type='BloodCellsDataset', data_root=str(root), ann_file=f'splits/1-3_{kind}.txt', **options)
               for kind in ('labeled', 'unlabeled')}
    sampler = dict(type='LabeledUnlabeledSampler', labeled=labeled, unlabeled=unlabeled)
    return Config(dict(train_dataloader=dict(batch_size=labeled + unlabeled, sampler=sampler,
                                             dataset=dict(type='SemiDataset', **sources))))


def test_lists_name_enough_or_not(tiny_dataset, monkeypatch):
    assert list(check_batches(config(tiny_dataset, 4, 8))) == []
    line, = check_batches(config(tiny_dataset, 5, 8))
    assert line.startswith('train_dataloader.sampler.labeled=5: ') and 'their list(s) name 4' in line
    monkeypatch.setenv('WORLD_SIZE', '3')
    cfg = config(tiny_dataset, 2, 3)
    cfg.launcher = 'none'
    assert list(check_batches(cfg)) == []
    cfg.launcher = 'pytorch'
    assert [line.split(':')[0] for line in check_batches(cfg)] == [
        'train_dataloader.sampler.labeled=2', 'train_dataloader.sampler.unlabeled=3']


@pytest.mark.parametrize('part, message', [
    (dict(train_cfg=dict(by_epoch=True, max_epochs=2)), 'train_cfg counts epochs'),
    (dict(auto_scale_lr=dict(enable=True, base_batch_size=16)), 'auto_scale_lr.enable=True would scale'),
])
def test_schedules_that_two_sources_do_not_have(tiny_dataset, part, message):
    cfg = config(tiny_dataset, 2, 2)
    cfg.merge_from_dict(part)
    line, = check_batches(cfg)
    assert line.startswith(message)
    cfg.train_dataloader.sampler = dict(type='InfiniteSampler')
    assert list(check_batches(cfg)) == []


def test_repeated_images_are_left_to_the_sampler(tiny_dataset):
    cfg = config(tiny_dataset, 9, 8)
    sources = cfg.train_dataloader.dataset
    sources.labeled = dict(type='RepeatDataset', times=100, dataset=sources.labeled)
    assert list(check_batches(cfg)) == []


@pytest.mark.parametrize('options', [dict(indices=2), dict(ann_file='')])
def test_what_cannot_be_counted_is_left_to_the_sampler(tiny_dataset, options):
    cfg = config(tiny_dataset, 9, 9)
    for part in ('labeled', 'unlabeled'):
        cfg.train_dataloader.dataset[part].update(options)
    assert list(check_batches(cfg)) == []


def test_classes_cannot_be_pasted_from_one_labeled_image(tiny_dataset):
    cfg = config(tiny_dataset, 1, 2)
    assert list(check_batches(cfg)) == []
    cfg.model = dict(data_preprocessor=dict(type='ClassMixPreProcessor'))
    line, = check_batches(cfg)
    assert line.startswith('train_dataloader.sampler.labeled=1: ClassMixPreProcessor pastes')
    assert list(check_batches(config(tiny_dataset, 2, 2))) == []
    cfg.train_dataloader.update(sampler=dict(type='InfiniteSampler'), batch_size=1)
    line, = check_batches(cfg)
    assert line.startswith('train_dataloader.batch_size=1: ClassMixPreProcessor pastes')
    cfg.train_dataloader.batch_size = 2
    assert list(check_batches(cfg)) == []


@pytest.mark.parametrize('loop, found', [
    (dict(type='IterBasedTrainLoop', max_iters=9), None),
    (dict(by_epoch=False, max_iters=9), None),
    (None, None),
    (dict(type='EpochBasedTrainLoop'), 'train_cfg counts epochs (EpochBasedTrainLoop, max_epochs=None), '),
    (dict(by_epoch=True, max_epochs=2), 'train_cfg counts epochs (by_epoch, max_epochs=2), '),
    (dict(type='OwnLoop', max_epochs=2), 'train_cfg counts epochs (OwnLoop, max_epochs=2), '),
])
def test_epochs(loop, found):
    line = counted_epochs(dict(train_cfg=loop))
    assert line is None if found is None else line.startswith(found)


def test_a_rate_by_the_batch_size():
    assert scaled_rate({}) is scaled_rate(dict(auto_scale_lr=dict(enable=False, base_batch_size=16))) is None
    assert 'set it to False' in scaled_rate(dict(auto_scale_lr=dict(enable=True, base_batch_size=16)))
