# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trainings killed with SIGKILL and resumed end with the same bits (``make faults`` tries many more points)."""
from functools import partial
from types import SimpleNamespace
from unittest import mock

import pytest
import torch
from mmengine.config import Config

from mmseg_entmin.config.read_config import redirect_data_root
from mmseg_entmin.engine.build import build_runner, prepare_run
from mmseg_entmin.engine.hooks import ExactResumeHook, exact_resume_hook
from mmseg_entmin.engine.hooks.exact_resume_hook import VALIDATED, validate_if_due
from mmseg_entmin.engine.resume.random_state import get_random_state
from tests.stress.faults_points import POINTS, at_event
from tests.stress.faults_training import differences, log_of, train, write_config


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


@pytest.mark.parametrize('checkpoint, last', [
    (dict(by_epoch=True, interval=1), 'epoch_3.pth'), (dict(by_epoch=False, interval=2), 'iter_9.pth')])
def test_by_epochs(tmp_path, case, checkpoint, last):
    """A training by epochs repeats the epoch that was cut off, whatever its checkpoints count."""
    config = write_config(
        tmp_path / 'epochs.py', case.folder.parent / 'data', 'supervised', custom_hooks=[], **{
            'train_cfg': dict(_delete_=True, type='EpochBasedTrainLoop', max_epochs=3, val_interval=1),
            'train_dataloader.batch_size': 5, 'train_dataloader.sampler': dict(type='DefaultSampler', shuffle=True),
            'param_scheduler': [dict(type='PolyLR', power=0.9, eta_min=0, begin=0, end=3, by_epoch=True)],
            'default_hooks.logger.log_metric_by_epoch': True, 'log_processor.by_epoch': True,
            'default_hooks.checkpoint': checkpoint})
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    assert train(config, whole) == 0, log_of(whole)
    assert train(config, killed, before=partial(at_event, 'after_train_iter', 5)) == -9
    assert train(config, killed, '--resume') == 0, log_of(killed)
    assert 'resumed epoch: 1' in log_of(killed)
    ours, theirs = (torch.load(folder / last, weights_only=True) for folder in (killed, whole))
    for name, value in theirs['state_dict'].items():
        assert torch.equal(ours['state_dict'][name], value), name


def test_a_config_of_another_optimizer(case, tmp_path):
    """Its rate would have no effect, which is said; its kind would fail in the first step, and is refused."""
    work_dir, data = case.new_work_dir(), case.folder.parent / 'data'
    assert train(case.config, work_dir, before=partial(at_event, 'before_train_iter', 4)) == -9
    other = write_config(tmp_path / 'sgd.py', data, 'entmin_plus', **{
        'optim_wrapper.optimizer': dict(_delete_=True, type='SGD', lr=1e-2, momentum=0.9)})
    assert train(other, work_dir, '--resume') == 1
    last = log_of(work_dir).strip().splitlines()[-1]
    assert last.startswith(f"error: checkpoint '{work_dir / 'iter_2.pth'}' is of a training with another optimizer")
    rate = write_config(tmp_path / 'rate.py', data, 'entmin_plus', **{'optim_wrapper.optimizer.lr': 1.})
    assert train(rate, work_dir, '--resume') == 0 and differences(work_dir, case.reference) == []
    log = log_of(work_dir)
    assert "The checkpoint's options hold, not the config's: optim_wrapper.optimizer.lr=0.01 (config: 1.0)." in log
    assert 'holds from here on' not in log and 'of an earlier training' not in log


def test_a_config_of_another_loss_or_a_new_training_in_the_same_place(case, tmp_path):
    """A resume changes the training half way, which is said; a new one leaves what a resume would take for its own."""
    work_dir, data = case.new_work_dir(), case.folder.parent / 'data'
    assert train(case.config, work_dir, before=partial(at_event, 'before_train_iter', 4)) == -9
    other = write_config(tmp_path / 'other.py', data, 'entmin_plus', **{'model.cls_head.loss_weight': 3.})
    assert train(other, work_dir, '--resume', before=partial(at_event, 'before_train_iter', 5)) == -9
    assert ("The config is not the checkpoint's, and holds from here on: model.cls_head.loss_weight=3.0 (checkpoint: "
            in log_of(work_dir))
    assert train(other, work_dir, before=partial(at_event, 'before_train_iter', 1)) == -9
    assert f'{work_dir} has checkpoints of an earlier training, like iter_' in log_of(work_dir)


@pytest.mark.parametrize('done, validated, due', [
    (8, None, True), (8, 8, False), (8, 4, True), (6, None, False), (10, None, True), (4, None, False)])
def test_a_validation_that_is_due(done, validated, due):
    """Every 4 from 5 on, and at the end; not again where it is known to have ended."""
    loop = SimpleNamespace(dataloader_iterator=None, iter=done, max_iters=10, val_begin=5, val_interval=4)
    runner = mock.Mock(train_loop=loop, _train_loop=loop, message_hub=mock.Mock(runtime_info={VALIDATED: validated}))
    validate_if_due(runner)
    assert runner.val_loop.run.called is due


def test_ranks_draw_different_numbers_and_another_number_of_them_is_said(monkeypatch, tmp_path):
    runner = mock.Mock(seed=3, iter=2, val_loop=None, work_dir=tmp_path, param_schedulers=None)
    hook = ExactResumeHook()
    drawn = []
    for rank in (0, 1):
        monkeypatch.setattr(exact_resume_hook, 'get_rank', lambda rank=rank: rank)
        torch.manual_seed(0)
        hook.before_train(runner)
        drawn.append(torch.rand(1).item())
    assert drawn[0] != drawn[1] and not runner.logger.warning.called
    hook.resumed = dict(rank_states=[None, None])
    hook.before_train(runner)
    assert 'it was saved by 2 process(es), and now there are 1' in runner.logger.warning.call_args[0][0]


def test_a_validation_leaves_the_random_states_alone(tiny_config, tiny_dataset, tmp_path):
    cfg = Config.fromfile(tiny_config)
    redirect_data_root(cfg, str(tiny_dataset))
    cfg.merge_from_dict(dict(work_dir=str(tmp_path), visualizer=dict(name='validation')))
    prepare_run(cfg)
    runner = build_runner(cfg)
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
