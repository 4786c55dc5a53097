# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""No kill and no full disk costs a checkpoint; what is saved is complete."""
import errno
import os
from functools import partial
from types import SimpleNamespace
from unittest import mock

import pytest
import torch
from mmengine.fileio import LocalBackend

from mmseg_entmin.engine.hooks.safe_checkpoint_hook import (
    KeepUntilFlush,
    SafeCheckpointHook,
    at_cycle_end,
    counts_epochs,
)
from mmseg_entmin.engine.runner import ResumableRunner
from tests.stress.faults_disk import broken, cut, full_at_the_end, limit_files, one_failed_write
from tests.stress.faults_points import at_event, in_write
from tests.stress.faults_training import log_of, train, write_config


def no_space() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_files_of_a_training(case):
    names = sorted(path.name for path in case.reference.iterdir() if path.is_file() and path.suffix != '.py')
    best = [name for name in names if name.startswith('best_mIoU_iter_')]
    assert len(best) == 1 and names == [*best, 'iter_6.pth', 'iter_8.pth', 'last_checkpoint']
    assert (case.reference / 'last_checkpoint').read_text() == str(case.reference / 'iter_8.pth')
    for name in names[:-1]:
        assert torch.serialization.get_unsafe_globals_in_checkpoint(case.reference / name) == []


def test_a_write_that_fails_costs_nothing(case):
    assert one_failed_write(case, partial(in_write, 3, no_space)) == ''


def test_the_last_write_fails(case):
    assert full_at_the_end(case, partial(at_event, 'before_train_iter', 8, partial(limit_files, 200_000))) == ''


def test_a_broken_checkpoint_is_named_and_the_one_before_it_taken(case):
    assert broken(case, partial(cut, share=0.9), 'it is cut off') == ''


def test_a_checkpoint_waits_for_the_end_of_an_accumulation_cycle(case, tmp_path):
    config = write_config(tmp_path / 'accumulate.py', case.folder.parent / 'data', 'supervised', **{
        'optim_wrapper.accumulative_counts': 3, 'default_hooks.checkpoint.max_keep_ckpts': -1})
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    assert train(config, whole) == 0
    assert sorted(path.name for path in whole.glob('iter_*')) == ['iter_3.pth', 'iter_6.pth', 'iter_8.pth']
    assert train(config, killed, before=partial(at_event, 'before_train_iter', 6)) == -9
    assert train(config, killed, '--resume') == 0
    assert 'resumed epoch: 0, iter: 3' in log_of(killed)
    ours, theirs = (torch.load(folder / 'iter_8.pth', weights_only=True) for folder in (killed, whole))
    assert all(torch.equal(ours['state_dict'][name], value) for name, value in theirs['state_dict'].items())


@pytest.mark.parametrize('counts, iters, end', [(1, 5, True), (3, 6, True), (3, 7, False), (3, 10, True)])
def test_cycles_end(counts, iters, end):
    runner = SimpleNamespace(max_iters=10, optim_wrapper=SimpleNamespace(_accumulative_counts=counts))
    assert at_cycle_end(runner, iters) is end


def test_a_second_hook_leaves_the_random_states_that_the_first_one_saves():
    first, second, checkpoint = SafeCheckpointHook(), SafeCheckpointHook(), {}
    first.rank_states = [dict(random=1)]
    for hook in (first, second):
        hook.before_save_checkpoint(None, checkpoint)
    assert checkpoint == dict(rank_states=[dict(random=1)])


def test_a_hook_that_counts_what_the_training_does_not(tmp_path):
    """By epochs nothing is kept of a training by iterations before its end; within an epoch nothing can be saved."""
    said = []
    by_iter, by_epoch = SimpleNamespace(dataloader_iterator=None), SimpleNamespace()
    for counts, loop in ((True, by_iter), (True, by_epoch), (False, by_iter), (False, by_epoch)):
        runner = SimpleNamespace(
            work_dir=str(tmp_path), _train_loop=loop, logger=SimpleNamespace(info=str, warning=said.append),
            message_hub=SimpleNamespace(runtime_info={}))
        hook = SafeCheckpointHook(by_epoch=counts)
        hook.before_train(runner)
        assert len(said) == 1 and 'set default_hooks.checkpoint.by_epoch=False' in said[0]
        assert counts_epochs(runner) is (loop is by_epoch)
        if loop is by_epoch:
            assert hook.save_now(runner, 3) is False


def fake_runner(work_dir, **info):
    hub = SimpleNamespace(runtime_info=info, get_info=info.get, update_info=info.__setitem__)
    return SimpleNamespace(
        work_dir=str(work_dir), logger=mock.Mock(), message_hub=hub, iter=4, epoch=0, max_iters=8, model=None,
        optim_wrapper=None, _train_loop=SimpleNamespace(dataloader_iterator=None),
        save_checkpoint=lambda *args, **kwargs: no_space())


@pytest.mark.parametrize('names, keys', [
    ('mIoU', ['best_ckpt']), (['mIoU', 'aAcc'], ['best_ckpt_mIoU', 'best_ckpt_aAcc'])])
def test_a_training_that_begins_in_a_moved_work_dir(tmp_path, names, keys):
    """The best checkpoints are those here; what a killed process has left is removed; a backend of one's own stays."""
    (tmp_path / '.iter_2.pth.partial').touch()
    (tmp_path / 'out' / tmp_path.name).mkdir(parents=True)
    (tmp_path / 'out' / tmp_path.name / '.iter_2.pth.partial').touch()
    hook = SafeCheckpointHook(by_epoch=False, save_best=names, out_dir=str(tmp_path / 'out'))
    hook.before_train(fake_runner(tmp_path, **{key: f'/moved/away/{key}.pth' for key in keys}))
    found = [hook.best_ckpt_path] if len(keys) == 1 else list(hook.best_ckpt_path_dict.values())
    assert found == [f'{hook.out_dir}/{key}.pth' for key in keys]
    assert list(tmp_path.rglob('*.partial')) == [] and hook.backend_args == dict(backend='atomic')
    own = SafeCheckpointHook(backend_args=dict(backend='local'))
    own.before_train(fake_runner(tmp_path))
    assert own.backend_args == dict(backend='local')


def test_the_best_one_that_cannot_be_written_leaves_the_former(tmp_path):
    former = tmp_path / 'best_mIoU_iter_2.pth'
    former.touch()
    info = dict(best_ckpt=str(former), best_score=10., last_ckpt='iter_2.pth', keep_ckpt_ids=[2])
    hook, runner = SafeCheckpointHook(by_epoch=False, save_best='mIoU', max_keep_ckpts=2), fake_runner(tmp_path, **info)
    hook.before_train(runner)
    hook.after_val_epoch(runner, dict(mIoU=20.))
    hook._save(runner, 4, dict(epoch=0, iter=4), must=False)
    assert runner.logger.error.call_count == 2 and 'No space left' in runner.logger.error.call_args[0][0]
    assert former.is_file() and hook.best_ckpt_path == str(former)
    assert runner.message_hub.runtime_info == dict(info, last_validated=4)


def test_an_old_file_that_cannot_be_removed_ends_no_training(tmp_path, said_by):
    said, backend, path = said_by('safe_checkpoint_hook'), KeepUntilFlush(LocalBackend()), tmp_path / 'a'
    backend.backend.remove = lambda path: no_space()
    path.touch()
    backend.remove(str(path))
    backend.flush(keep=set())
    assert len(said) == 1 and 'cannot be removed: [Errno 28]' in said[0]


def test_files_are_removed_when_told_and_those_in_use_are_not(tmp_path):
    backend = KeepUntilFlush(LocalBackend())
    for name in ('a', 'b'):
        (tmp_path / name).touch()
        backend.remove(str(tmp_path / name))
    assert backend.isfile(tmp_path / 'a')
    backend.flush(keep={str(tmp_path / 'b')})
    assert [path.name for path in tmp_path.iterdir()] == ['b']


@pytest.mark.parametrize('by_epoch', [False, True])
def test_a_training_that_a_hook_stops_keeps_its_last_state(by_epoch, tmp_path):
    hook = SafeCheckpointHook(interval=250, by_epoch=by_epoch)
    hook.out_dir, hook.last_ckpt = str(tmp_path), None
    saved = []
    hook._save = lambda runner, step, meta, must: saved.append((step, meta, must))
    runner = SimpleNamespace(iter=2, epoch=1, max_iters=8, logger=SimpleNamespace(info=lambda text: None))
    hook.after_train(runner)
    assert saved == [(1 if by_epoch else 2, dict(epoch=1, iter=2), True)]
    hook.last_ckpt = str(tmp_path / ('epoch_1.pth' if by_epoch else 'iter_2.pth'))
    hook.filename_tmpl = 'epoch_{}.pth' if by_epoch else 'iter_{}.pth'
    hook.after_train(runner)  # it is there already
    runner.iter = 8
    hook.last_ckpt = None
    hook.after_train(runner)  # the usual end, which has saved
    assert len(saved) == 1


def stop_training(event: str, count: int) -> None:
    """Sets MMEngine's flag at the given call of a hook event, as a user's hook may."""
    original, calls = ResumableRunner.call_hook, []

    def call_hook(runner, name, **kwargs):
        calls.append(name)
        if calls.count(event) == count:
            runner.train_loop.stop_training = True
        return original(runner, name, **kwargs)

    ResumableRunner.call_hook = call_hook


@pytest.mark.parametrize('event', ['before_train_iter', 'after_val_epoch'])
def test_whoever_stops_a_training_it_can_go_on(event, case, tmp_path):
    config = write_config(tmp_path / 'stopped.py', case.folder.parent / 'data', 'supervised', **{
        'default_hooks.checkpoint.interval': 250})
    work = tmp_path / 'work'
    assert train(config, work, before=partial(stop_training, event, 1)) == 0
    last, = work.glob('iter_*.pth')
    assert (work / 'last_checkpoint').read_text() == str(last) and last.name != 'iter_8.pth'
    assert train(config, work, '--resume') == 0 and (work / 'iter_8.pth').is_file()
