# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A signal saves at the end of the step, then stops with a status of its own."""
import atexit
import importlib
import multiprocessing
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace
from unittest import mock

import pytest
from torch.utils.data import DataLoader

from mmseg_entmin.engine.hooks import preemption_hook
from mmseg_entmin.registry import HOOKS
from tests import processes
from tests.stress.faults_kills import PREEMPTED, preempted_at
from tests.stress.faults_points import at_event, die
from tests.stress.faults_ranks import restarted, train_ranks
from tests.stress.faults_training import differences, log_of, train, write_config


def test_the_documented_status():
    assert preemption_hook.PREEMPTED == PREEMPTED == 75


def test_sigterm_in_a_step_of_a_process_with_workers(case, tmp_path):
    config = write_config(tmp_path / 'workers.py', case.folder.parent / 'data', 'entmin_plus', 2)
    work_dir = tmp_path / 'work'
    assert train(config, work_dir, before=partial(preempted_at, 'after_train_iter', 3)) == PREEMPTED
    log = log_of(work_dir)
    assert 'Stopped by SIGTERM after 3 iterations; all is saved. Go on with --resume (exit status 75)' in log
    assert (work_dir / 'iter_3.pth').is_file() and 'Traceback' not in log
    assert train(config, work_dir, '--resume') == 0
    assert 'resumed epoch: 0, iter: 3' in log_of(work_dir) and differences(work_dir, case.reference) == []


def test_sigusr1_in_a_validation_with_averaged_weights(case, tmp_path):
    """The averaged weights are in the model's place during the validation; they are not saved as its own."""
    config = write_config(tmp_path / 'ema.py', case.folder.parent / 'data', 'supervised', **{
        'custom_hooks': [dict(type='EMAHook', momentum=0.1, update_buffers=True)],
        'default_hooks.checkpoint.interval': 3})  # none at the validation
    whole, work_dir = tmp_path / 'whole', tmp_path / 'work'
    assert train(config, whole) == 0
    act = partial(die, signal.SIGUSR1)
    assert train(config, work_dir, before=partial(at_event, 'after_val_iter', 2, act)) == PREEMPTED
    assert (work_dir / 'iter_4.pth').is_file()
    assert train(config, work_dir, '--resume') == 0
    assert differences(work_dir, whole) == []


def test_two_ranks_stop_together_and_are_restarted(case, tmp_path):
    reference, work_dir = tmp_path / 'reference', tmp_path / 'signal'
    assert train_ranks(case.config, reference) == [0, 0]

    def before(rank: int) -> None:
        if rank == 1:
            at_event('after_train_iter', 2, partial(die, signal.SIGTERM))

    assert train_ranks(case.config, work_dir, before=before) == [PREEMPTED] * 2
    assert train_ranks(case.config, work_dir, '--resume') == [0, 0]
    assert differences(work_dir, reference) == []
    assert restarted(tmp_path, case.config, reference, 'restarted', 'before_train_iter', 6) == ''


def no_loops(**options):
    return SimpleNamespace(train_loop=None, val_loop=None, hooks=[], logger=mock.Mock(), max_iters=8, **options)


def test_a_step_within_an_accumulation_cycle_is_not_the_last():
    """What it has accumulated would be lost."""
    hook = preemption_hook.PreemptionHook()
    hook.received = signal.SIGTERM
    hook.after_train_iter(no_loops(iter=3, optim_wrapper=SimpleNamespace(_accumulative_counts=3)), 0)
    with pytest.raises(preemption_hook.Preempted):
        hook.after_train_iter(no_loops(iter=5, optim_wrapper=SimpleNamespace(_accumulative_counts=3)), 0)


def test_signals_are_handled_in_a_training_alone():
    before, hook = signal.getsignal(signal.SIGTERM), preemption_hook.PreemptionHook()
    with ThreadPoolExecutor() as threads:  # in which nobody may
        threads.submit(hook.before_train, no_loops()).result()
    hook.before_train(no_loops())
    assert signal.getsignal(signal.SIGTERM) == hook._note
    hook.after_train(None)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_worker_is_also_initialized_as_the_config_says():
    called = []
    preemption_hook.ignore_signals(called.append, [], 3)
    assert called == [3]


@pytest.mark.parametrize('signals', [['SIGFOO'], ['SIGKILL'], 'SIGTERM'])
def test_signals_that_cannot_be_caught(signals):
    with pytest.raises(ValueError, match=rf'^PreemptionHook: signals={re.escape(repr(signals))}, give a list'):
        preemption_hook.PreemptionHook(signals)


def without_some_signals() -> None:
    """Imports the hook anew where they are missing, as on Windows."""
    del os.EX_TEMPFAIL, signal.SIGUSR1, signal.SIGCHLD
    HOOKS.module_dict.pop('PreemptionHook')
    importlib.reload(preemption_hook)
    assert preemption_hook.PreemptionHook().signals == [signal.SIGTERM]
    preemption_hook.end_workers()


def test_a_system_without_some_of_the_signals(tool_env, tmp_path):
    status, said = processes.forked(without_some_signals, tmp_path, tool_env)
    assert status == 0, said


def fail_with_workers() -> None:
    """As in a program of its own: Python calls what it has registered while the traceback is still there."""
    atexit._clear()
    atexit.register(multiprocessing.util._exit_function)
    loader = DataLoader(list(range(100)), num_workers=2)
    loop = SimpleNamespace(dataloader=loader)
    preemption_hook.PreemptionHook().before_train(SimpleNamespace(train_loop=loop, val_loop=None))
    batches = iter(loader)
    next(batches)
    try:
        raise ValueError('a mistake in a step')
    except ValueError:
        assert len(multiprocessing.active_children()) == 2
        atexit._run_exitfuncs()
        raise


def test_a_program_that_fails_does_not_wait_for_its_workers(tool_env, tmp_path):
    """Which ignore SIGTERM, by which Python ends them, and are alive as the traceback holds their loader."""
    status, said = processes.forked(fail_with_workers, tmp_path, tool_env, timeout=60)
    assert status == 1 and said.rstrip().endswith('ValueError: a mistake in a step')
