# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Weights that do not fit, or are not finite, are named."""
import pytest
import torch
from torch import nn

from mmseg_entmin.engine.checkpoints.weights import check_some_fit, check_weights


@pytest.fixture
def model():
    return nn.Linear(2, 3)


def test_the_weights_of_the_model_pass(model):
    state = model.state_dict()
    for checkpoint in (state, dict(state_dict=state), dict(state_dict={f'module.{k}': v for k, v in state.items()})):
        check_weights(model, checkpoint, 'a.pth', 'c.py')
    check_weights(nn.ModuleDict(dict(module=model)), dict(state_dict=state), 'a.pth', 'c.py')  # test-time augmentation


@pytest.mark.parametrize('change, message', [
    (dict(weight=torch.zeros(4, 2)), "checkpoint 'a.pth' is not of config 'c.py': it reshapes 1 weights, like weight;"),
    (dict(extra=torch.zeros(1)), 'it adds 1 weights, like extra'),
    (dict(bias=None), 'it lacks 1 weights, like bias'),
    (dict(bias=torch.tensor([0., float('nan'), 0.])), "checkpoint 'a.pth': 1 weights are not finite, like bias; give"),
])
def test_others_are_refused(model, change, message):
    state = {key: value for key, value in {**model.state_dict(), **change}.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        check_weights(model, dict(state_dict=state), 'a.pth', 'c.py')


def test_an_extra_state_is_no_weight(model):
    state = dict(model.state_dict(), _extra_state=dict(scale=1.))
    check_weights(model, dict(state_dict=state), 'a.pth', 'c.py')
    model.get_extra_state = lambda: dict(scale=2.)
    model.set_extra_state = lambda state: None
    check_weights(model, dict(state_dict=state), 'a.pth', 'c.py')


def test_a_constant_that_is_not_finite(model):
    model.register_buffer('mask', torch.full((2, ), -torch.inf))
    check_weights(model, dict(state_dict=model.state_dict()), 'a.pth', 'c.py')


def test_to_start_from_a_part_is_enough(model):
    check_some_fit(model, dict(state_dict=dict(bias=torch.zeros(3), other=torch.zeros(1))), 'a.pth', 'c.py')
    with pytest.raises(ValueError, match="load_from='a.pth': none of its 1 weights fits the model of config 'c.py'"):
        check_some_fit(model, dict(bias=torch.zeros(4)), 'a.pth', 'c.py')
