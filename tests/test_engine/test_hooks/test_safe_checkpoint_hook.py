# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""No kill and no full disk costs a checkpoint; what is saved is complete."""
import errno
import os
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from faults_disk import broken, cut, full_at_the_end, limit_files, one_failed_write
from faults_points import at_event, in_write
from faults_training import log_of, train, write_config

from mmseg_entmin.engine.hooks.safe_checkpoint_hook import KeepUntilFlush, SafeCheckpointHook, at_cycle_end


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


def test_files_are_removed_when_told_and_those_in_use_are_not(tmp_path):
    from mmengine.fileio import LocalBackend
    backend = KeepUntilFlush(LocalBackend())
    for name in ('a', 'b'):
        (tmp_path / name).touch()
        backend.remove(str(tmp_path / name))
    assert backend.isfile(tmp_path / 'a')
    backend.flush(keep={str(tmp_path / 'b')})
    assert [path.name for path in tmp_path.iterdir()] == ['b']
