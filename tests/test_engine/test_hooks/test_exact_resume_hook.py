# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trainings killed with SIGKILL and resumed end with the same bits (``make faults`` tries many more points)."""
from functools import partial

import pytest
import torch
from faults_points import POINTS, at_event
from faults_training import differences, log_of, train, write_config
from mmengine.config import Config

from mmseg_entmin.engine import cli
from mmseg_entmin.engine.random_state import get_random_state


@pytest.mark.parametrize('point, count', [('in the optimizer', 4), ('in the validation', 2), ('before its rename', 3)])
def test_killed_at(case, point, count):
    assert case.killed(partial(POINTS[point], count)) == ''


def test_killed_with_worker_processes_and_another_number_of_them_after(case, tmp_path):
    """The comparison sees what it should: two workers are the same as none, another seed is not."""
    workers = write_config(tmp_path / 'workers.py', case.folder.parent / 'data', 'entmin_plus', 2)
    work_dir = tmp_path / 'work'
    assert train(workers, work_dir, before=partial(at_event, 'before_train_iter', 6)) == -9
    assert train(case.config, work_dir, '--resume') == 0
    assert differences(work_dir, case.reference) == []
    other = tmp_path / 'other'
    assert train(case.config, other, '--seed', '4') == 0
    differing = {name.split('.')[0] for name in differences(other, case.reference)}
    assert {'state_dict', 'optimizer', 'rank_states'} <= differing


def test_by_epochs(tmp_path, case):
    """A training by epochs repeats the epoch that was cut off."""
    config = write_config(
        tmp_path / 'epochs.py', case.folder.parent / 'data', 'supervised', custom_hooks=[], **{
            'train_cfg': dict(_delete_=True, type='EpochBasedTrainLoop', max_epochs=3, val_interval=1),
            'train_dataloader.batch_size': 5, 'train_dataloader.sampler': dict(type='DefaultSampler', shuffle=True),
            'param_scheduler': [dict(type='PolyLR', power=0.9, eta_min=0, begin=0, end=3, by_epoch=True)],
            'default_hooks.logger.log_metric_by_epoch': True, 'log_processor.by_epoch': True,
            'default_hooks.checkpoint': dict(by_epoch=True, interval=1)})
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    assert train(config, whole) == 0, log_of(whole)
    assert train(config, killed, before=partial(at_event, 'after_train_iter', 5)) == -9
    assert train(config, killed, '--resume') == 0, log_of(killed)
    assert 'resumed epoch: 1' in log_of(killed)
    ours, theirs = (torch.load(folder / 'epoch_3.pth', weights_only=True) for folder in (killed, whole))
    for name, value in theirs['state_dict'].items():
        assert torch.equal(ours['state_dict'][name], value), name


def test_a_validation_leaves_the_random_states_alone(tiny_config, tiny_dataset, tmp_path):
    cfg = Config.fromfile(tiny_config)
    cli.redirect_data_root(cfg, str(tiny_dataset))
    cfg.merge_from_dict(dict(work_dir=str(tmp_path), visualizer=dict(name='validation')))
    runner = cli.build_runner(cfg)
    before = get_random_state()
    runner.call_hook('before_val')
    torch.rand(3)
    runner.call_hook('after_val')
    assert torch.equal(before['torch'], get_random_state()['torch'])


def test_a_checkpoint_without_random_states_is_said(case):
    work_dir = case.new_work_dir()
    assert train(case.config, work_dir, before=partial(at_event, 'before_train_iter', 4)) == -9
    content = torch.load(work_dir / 'iter_2.pth', weights_only=True)
    del content['rank_states']
    torch.save(content, work_dir / 'iter_2.pth')
    assert train(case.config, work_dir, '--resume') == 0
    assert 'not to the bit as it would have: the checkpoint holds no random states' in log_of(work_dir)
