# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Every supervised loss that mmseg registers, in every head of every kind of segmentor: it works, or is refused."""
import random

import numpy as np
import pytest
import torch
from mmseg.registry import MODELS

from mmseg_entmin.config.checks.losses import check_losses, config_key
from tests.tiny import CE, build, sample, unet_cfg

WORKING = ('ClassDiceLoss', 'CrossEntropyLoss', 'DiceLoss', 'HuasdorffDisstanceLoss', 'LovaszLoss', 'TverskyLoss')
REFUSED = ('BoundaryLoss', 'FocalLoss', 'OhemCrossEntropy', 'SiLogLoss')
OURS = ('AdaptiveSharpeningLoss', 'ClassConsistencyLoss', 'EntropyLoss', 'FeatureGradientLoss')
PREPROCESSOR = dict(type='SegDataPreProcessor', mean=[127.] * 3, std=[60.] * 3, size=(32, 32))
NEEDED = dict(LovaszLoss=dict(reduction='none'))


def head(loss: dict | list, **options) -> dict:
    return dict(type='FCNHead', in_channels=4, in_index=3, channels=4, num_convs=1, concat_input=False, num_classes=3,
                loss_decode=loss, **options)


def supervised(loss: dict | list, **options) -> torch.nn.Module:
    return build(dict(type='EncoderDecoder', backbone=unet_cfg()['backbone'], decode_head=head(loss, **options)))


def semi_supervised(**heads) -> torch.nn.Module:
    cfg = unet_cfg()
    cfg['decode_head']['head'] = head(heads.pop('loss', CE))
    return build(dict(cfg, **heads))


def test_the_lists_here_are_of_all_the_losses_that_are_registered():
    registered = {name for name in MODELS.module_dict if 'Loss' in name or name == 'OhemCrossEntropy'}
    assert registered == {*WORKING, *REFUSED, *OURS}


@pytest.mark.parametrize('kind', WORKING)
def test_a_loss_that_is_let_through_trains(kind):
    model = supervised(dict(type=kind, **NEEDED.get(kind, {})))
    assert not list(check_losses(model))
    losses, _ = model.parse_losses(model.loss(torch.rand(2, 3, 32, 32), [sample(), sample()]))
    losses.backward()
    assert losses.isfinite() and model.decode_head.conv_seg.weight.grad.abs().sum() > 0


@pytest.mark.parametrize('kind', REFUSED)
def test_a_loss_that_would_fail_in_the_first_step_is_refused_with_key_and_reason(kind):
    model = supervised([CE, dict(type=kind)])
    problem, = check_losses(model)
    assert problem.startswith(f'model.decode_head.loss_decode[1]: {kind} cannot be computed on')
    with pytest.raises(Exception):  # noqa: B017  whatever the loss raises
        model.loss(torch.rand(2, 3, 32, 32), [sample(), sample()])


def test_a_head_without_a_loss_is_refused():
    problem, = check_losses(supervised([]))
    assert problem == 'model.decode_head.loss_decode=[]: the head would not be trained; give a loss'


@pytest.mark.parametrize('name', ['ce', 'dice', 'seg', ''])
@pytest.mark.parametrize('kind', ['CrossEntropyLoss', 'DiceLoss', 'TverskyLoss'])
def test_a_loss_whose_name_is_not_counted_is_refused_in_the_decode_head(kind, name):
    problem, = check_losses(supervised([CE, dict(type=kind, loss_name=name)]))
    assert problem.startswith(f'model.decode_head.loss_decode[1].loss_name={name!r}')
    assert "set loss_name='loss_" in problem


def test_and_in_auxiliary_heads_cascades_and_peers():
    bad = dict(CE, loss_name='ce')
    aux = dict(head(bad), in_index=2, in_channels=8)
    assert next(check_losses(semi_supervised(auxiliary_head=aux))).startswith('model.auxiliary_head.loss_decode.loss_n')
    assert next(check_losses(semi_supervised(auxiliary_head=[dict(aux, loss_decode=CE), aux]))).startswith(
        'model.auxiliary_head[1].loss_decode.loss_name')
    assert next(check_losses(semi_supervised(loss=[CE, bad]))).startswith('model.decode_head.head.loss_decode[1]')
    cascade = [head(bad), dict(type='OCRHead', in_channels=4, in_index=3, channels=4, ocr_channels=4, num_classes=3)]
    plain = build(dict(type='CascadeEncoderDecoder', num_stages=2, backbone=unet_cfg()['backbone'],
                       decode_head=cascade))
    assert next(check_losses(plain)).startswith('model.decode_head[0].loss_decode.loss_name')
    for peer in ('FixMatch', 'MeanTeacher', 'CPS'):
        model = build(dict(type=peer, data_preprocessor=PREPROCESSOR, backbone=unet_cfg()['backbone'],
                           decode_head=head(bad)))
        assert next(check_losses(model)).startswith('model.decode_head.loss_decode.loss_name')


@pytest.mark.parametrize('weights', [[1., 2.], [1.] * 4])
@pytest.mark.parametrize('kind', ['CrossEntropyLoss', 'DiceLoss', 'TverskyLoss'])
def test_class_weights_of_another_length_are_refused_by_key(kind, weights):
    options = dict(use_sigmoid=True) if kind == 'CrossEntropyLoss' else {}
    for extra in ({}, options):
        try:
            model = supervised(dict(type=kind, class_weight=weights, **extra))
        except TypeError:  # the loss has no such option, which the check of options says
            continue
        problem, = check_losses(model)
        assert problem.startswith('model.decode_head.loss_decode.class_weight: ') and 'give 3' in problem


def test_the_check_draws_no_random_number_and_changes_no_buffer():
    model = supervised(CE, sampler=dict(type='OHEMPixelSampler', thresh=0.7, min_kept=10))
    states = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert not list(check_losses(model))
    assert random.getstate() == states[0] and (np.random.get_state()[1] == states[1]).all()
    assert torch.equal(torch.get_rng_state(), states[2])
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_keys_are_those_of_the_config():
    assert config_key('auxiliary_head.1') == 'model.auxiliary_head[1]'
    assert config_key('decode_head.earlier_heads.0') == 'model.decode_head.head[0]'
