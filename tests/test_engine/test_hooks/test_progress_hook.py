# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the hook that shows progress: what it reads, and when it draws."""
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub

from mmseg_entmin.engine.hooks import ProgressHook, progress_hook
from mmseg_entmin.engine.hooks.progress_hook import values


class Bar:
    """Notes what it is told."""

    def __init__(self, logger=None):
        self.calls, self.names = [], set()

    def add(self, name, total, done=0):
        self.calls.append(('add', name, total, done))
        self.names.add(name)

    def update(self, name, done, left, values=None):
        self.calls.append(('update', name, done, left, values))

    def remove(self, name):
        self.calls.append(('remove', name))
        self.names.discard(name)
        return not self.names

    def show(self, values):
        self.shown = values

    def stop(self):
        self.calls.append(('stop', ))


@pytest.fixture
def runner():
    hub = MessageHub('progress')
    hub.update_info('eta', 12.5)
    hub.update_scalar('train/loss', 0.5)
    return SimpleNamespace(iter=200, max_iters=203, message_hub=hub, logger=None, val_dataloader=range(2),
                           test_dataloader=range(1))


@pytest.fixture
def bar(monkeypatch):
    bar = Bar()
    monkeypatch.setattr(progress_hook, 'TerminalBar', lambda logger: bar)
    monkeypatch.setattr(progress_hook, 'can_show_bar', lambda: True)
    return bar


def train(hook, runner):
    """What MMEngine's loop calls, for the rest of the iterations with a validation before the end."""
    hook.before_train(runner)
    hook.before_train_epoch(runner)
    while runner.iter < runner.max_iters:
        hook.after_train_iter(runner, runner.iter)
        runner.iter += 1
    test(hook, runner, 'val')
    hook.after_train_epoch(runner)
    hook.after_train(runner)


def test(hook, runner, mode):
    getattr(hook, f'before_{mode}_epoch')(runner)
    for k in range(len(getattr(runner, f'{mode}_dataloader'))):
        getattr(hook, f'after_{mode}_iter')(runner, k)
    getattr(hook, f'after_{mode}_epoch')(runner, metrics={})


test.__test__ = False


def test_a_resumed_training_with_a_validation(runner, bar):
    train(ProgressHook(interval=0), runner)
    assert bar.calls[0] == ('add', 'train', 203, 200)
    assert [call[:4] for call in bar.calls if call[:2] == ('update', 'train')] == [
        ('update', 'train', done, 12.5) for done in (201, 202, 203)]
    shown = bar.calls[1][4]
    assert shown['loss'] == '0.5000' and shown['memory'].endswith(' MiB')
    assert bar.calls[4:] == [('add', 'val', 2, 0), ('update', 'val', 1, 12.5, None), ('update', 'val', 2, 12.5, None),
                             ('remove', 'val'), ('stop', )]


def test_a_test_of_its_own_ends_the_bar(runner, bar):
    hook = ProgressHook()
    test(hook, runner, 'test')
    assert bar.calls == [('add', 'test', 1, 0), ('update', 'test', 1, 12.5, None), ('remove', 'test'), ('stop', )]
    assert hook.bar is None


def test_draws_at_intervals_and_at_the_end(runner, bar):
    hook = ProgressHook(interval=1000)
    train(hook, runner)
    assert [call[2] for call in bar.calls if call[:2] == ('update', 'train')] == [201, 203]


@pytest.mark.parametrize('name', ['can_show_bar', 'is_main_process'])
def test_no_bar_without_a_terminal_or_in_another_process(runner, bar, monkeypatch, name):
    monkeypatch.setattr(progress_hook, name, lambda: False)
    train(ProgressHook(interval=0), runner)
    assert bar.calls == []


def test_memory_is_logged_where_mmengine_does_not(runner, bar, monkeypatch):
    monkeypatch.setattr(progress_hook, 'uses_gpu', lambda: True)
    train(ProgressHook(), runner)
    assert 'train/memory' not in runner.message_hub.log_scalars
    monkeypatch.setattr(progress_hook, 'uses_gpu', lambda: False)
    train(ProgressHook(), runner)
    assert runner.message_hub.get_scalar('train/memory').current() > 100


def test_values():
    scalars = {'train/lr': [1e-3], 'train/decode.loss_ce': [0.25], 'train/loss': [1., 3.], 'train/unsup.weight': [0.1],
               'train/consistency.selected': [0.831], 'train/time': [1.], 'train/memory': [5.], 'val/mIoU': [80.]}
    scalars = {name: HistoryBuffer(value, [1] * len(value)) for name, value in scalars.items()}
    shown = values(scalars)
    assert list(shown) == ['loss', 'mIoU', 'decode.ce', 'lambda', 'selected', 'lr', 'memory']
    assert shown['mIoU'] == '80.00' and shown['loss'] == '2.0000'
    assert shown['selected'] == '83.1 %' and shown['lambda'] == '0.1000'


def test_refuses_a_negative_interval():
    with pytest.raises(ValueError, match='interval=-1'):
        ProgressHook(interval=-1)


def test_memory_of_the_process(monkeypatch):
    status = Path('/proc/self/status')
    if not status.exists():
        pytest.skip('no /proc to compare with')
    monkeypatch.setattr(progress_hook, 'uses_gpu', lambda: False)
    peak = int(re.search(r'VmHWM:\s+(\d+) kB', status.read_text()).group(1)) / 1024
    assert progress_hook.peak_memory_mib() == pytest.approx(peak, rel=0.05)


def test_memory_of_the_gpu(monkeypatch):
    monkeypatch.setattr(progress_hook, 'uses_gpu', lambda: True)
    monkeypatch.setattr(torch.cuda, 'max_memory_allocated', lambda: 3 << 20)
    assert progress_hook.peak_memory_mib() == 3
