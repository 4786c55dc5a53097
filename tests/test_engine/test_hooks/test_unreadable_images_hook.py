# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Replaced images are named once and counted in the log."""
from unittest import mock

import pytest
from mmengine.logging import MessageHub

from mmseg_entmin.datasets.guards import REPLACED
from mmseg_entmin.engine.hooks import UnreadableImagesHook
from tests.tiny import sample


@pytest.fixture
def lines(said_by):
    return said_by('unreadable_images_hook')


def batch(*replaced):
    samples = [sample() for _ in range(3)]
    if replaced:
        samples[1].set_metainfo({REPLACED: list(replaced)})
    return dict(inputs=[], data_samples=samples)


def test_counts_every_time_and_names_once(lines):
    hub = MessageHub.get_instance('unreadable')
    runner = mock.Mock(message_hub=hub, iter=0)
    hook = UnreadableImagesHook()
    for replaced in ((), ('a.png: bad', 'b.png: bad'), ('a.png: bad', )):
        hook.after_train_iter(runner, 0, batch(*replaced))
    hook.after_train(runner)
    assert hub.get_scalar('train/unreadable').current() == 3
    assert lines[:2] == ['replaced by the next image: a.png: bad', 'replaced by the next image: b.png: bad']
    assert lines[2:] == ['3 times an unlabeled image could not be read and was replaced by the next one']


def test_a_clean_run_says_nothing(lines):
    runner = mock.Mock()
    hook = UnreadableImagesHook()
    hook.after_train_iter(runner, 0, batch())
    hook.after_train_iter(runner, 0, ['another', 'form'])
    hook.after_train(runner)
    assert lines == [] and not runner.message_hub.update_scalar.called


def test_the_counts_of_the_ranks_are_added_up_at_intervals(lines, monkeypatch):
    module = 'mmseg_entmin.engine.hooks.unreadable_images_hook'
    monkeypatch.setattr(f'{module}.get_dist_info', lambda: (0, 2))
    monkeypatch.setattr(f'{module}.all_reduce', lambda count: count.add_(4))  # those of the other rank
    hub = MessageHub.get_instance('unreadable_ranks')
    runner, hook = mock.Mock(message_hub=hub), UnreadableImagesHook(interval=2)
    for runner.iter, replaced in enumerate((('a.png: bad', ), (), ('a.png: bad', ))):
        hook.after_train_iter(runner, 0, batch(*replaced))
    assert hub.get_scalar('train/unreadable').data[0].tolist() == [5]
    hook.after_train(runner)
    assert lines[-1].startswith('6 times')


def test_the_count_is_there_when_the_line_of_the_log_is_made():
    from mmengine.hooks import LoggerHook
    from mmengine.runner.priority import get_priority
    assert get_priority(UnreadableImagesHook.priority) < get_priority(LoggerHook.priority)
