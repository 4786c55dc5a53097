# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""When a share counts as stuck, and that it is said once."""
from types import SimpleNamespace

import pytest
from mmengine.hooks import LoggerHook
from mmengine.logging import MessageHub

from mmseg_entmin.engine.build import DEFAULT_HOOKS
from mmseg_entmin.engine.hooks import StuckShareHook


@pytest.fixture
def warnings(said_by):
    return said_by('stuck_share_hook')


def play(hook, shares: dict, hooks=()):
    """A training that logs these values, one an iteration."""
    runner = SimpleNamespace(message_hub=MessageHub('test_stuck_share'), hooks=list(hooks), iter=0)
    runner.message_hub.log_scalars.clear()
    hook.before_train(runner)
    for values in zip(*shares.values()):
        for key, value in zip(shares, values):
            runner.message_hub.update_scalar(f'train/{key}', value)
        hook.after_train_iter(runner, runner.iter)
        runner.iter += 1


def test_a_share_at_its_end_over_all_readings_is_said_once(warnings):
    hook = StuckShareHook(interval=2, patience=3)
    play(hook, {'unsup.selected': [0.] * 20, 'unsup.share_1': [1.] * 20, 'unsup.share_2': [0.5] * 20,
                'decode.loss_ce': [0.] * 20})
    message, = warnings
    assert 'unsup.selected has been 0 for 6 iterations (no unlabeled pixel is sure enough' in message
    assert 'unsup.share_1 has been 1 for 6 iterations (all unlabeled pixels are predicted as this class' in message
    assert 'share_2' not in message and 'loss' not in message


def test_one_other_value_in_between_counts_from_the_start(warnings):
    play(StuckShareHook(interval=1, patience=3), {'consistency.selected': [0., 0., 0.1, 0., 0., 1., 1.]})
    assert not warnings
    play(StuckShareHook(interval=2, patience=3), {'unsup.selected': [0., 0.1] * 10})  # the mean counts
    assert not warnings


def test_the_interval_is_that_of_the_logger(warnings):
    hook = StuckShareHook(patience=2)
    play(hook, {'unsup.selected': [1.] * 10}, hooks=[LoggerHook(interval=5)])
    assert hook.interval == 5 and len(warnings) == 1
    hook = StuckShareHook()
    play(hook, {})
    assert hook.interval == 50


def test_it_is_a_default_hook_and_refuses_no_patience():
    assert 'StuckShareHook' in [hook['type'] for hook in DEFAULT_HOOKS]
    with pytest.raises(ValueError, match='patience=0'):
        StuckShareHook(patience=0)
