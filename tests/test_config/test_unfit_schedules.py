# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Schedules that batches of two sources do not have."""
import pytest

from mmseg_entmin.config.unfit_schedules import counted_epochs, scaled_rate


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
