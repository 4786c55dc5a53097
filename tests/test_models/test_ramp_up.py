# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The ramp rises, ends at 1, and goes on from a checkpoint."""
import math

import pytest
import torch

from mmseg_entmin.models.ramp_up import RampUp


@pytest.mark.parametrize('form, start', [('sigmoid', math.exp(-5)), ('linear', 0.)])
def test_rises_to_one(form, start):
    ramp = RampUp(10, form)
    factors = torch.stack([ramp() for _ in range(15)])
    assert factors[0].item() == pytest.approx(start)
    assert (factors[:11].diff() > 0).all() and (factors[10:] == 1).all()


def test_default_is_always_one():
    ramp = RampUp()
    assert ramp() == ramp() == 1


def test_goes_on_from_a_checkpoint():
    first, second = RampUp(10), RampUp(10)
    for _ in range(4):
        first()
    second.load_state_dict(first.state_dict())
    assert second() == first()


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match='iters=-1'):
        RampUp(-1)
    with pytest.raises(ValueError, match="form='cosine'"):
        RampUp(10, 'cosine')
    with pytest.raises(ValueError, match='begin=-1'):
        RampUp(begin=-1)


@pytest.mark.parametrize('form', ['linear', 'sigmoid'])
def test_begins_later(form):
    ramp, late = RampUp(4, form), RampUp(4, form, begin=3)
    assert [late().item() for _ in range(9)] == [0.] * 3 + [ramp().item() for _ in range(6)]
    switch = RampUp(begin=2, form=form)
    assert [switch().item() for _ in range(4)] == [0., 0., 1., 1.]
