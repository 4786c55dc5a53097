# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The reconstruction loss by hand, and what it trains."""
import pytest
import torch

from tests.peers import peer
from tests.tiny import batch, grad_names


def test_each_class_is_drawn_where_it_is_predicted_weighted_by_its_share():
    model = peer('MASSL', unsup_weight=2.).eval()
    pixels = torch.rand(2, 3, 32, 32)
    images, samples = batch()
    images[2:] = (pixels * 255 - model.data_preprocessor.mean) / model.data_preprocessor.std
    probs = model.segment(images[2:]).softmax(1)
    drawn = model.reconstruction_head(model.encode(images[2:]), (32, 32))
    expected = 0.
    for c in range(3):
        errors = (drawn[:, 3 * c:3 * c + 3] - probs[:, c:c + 1] * pixels).square()
        expected = expected + probs[:, c].mean() * errors.mean()
    assert torch.allclose(model.loss(images, samples)['unsup.loss_reconstruction'], 2 * expected, rtol=1e-4)
    assert drawn.shape == (2, 9, 32, 32) and 0 <= drawn.min() and drawn.max() <= 1


@pytest.mark.parametrize('detach', [False, True])
def test_the_encoder_learns_and_the_segmentation_decoder_does_not(detach):
    model = peer('MASSL', detach_attention=detach)
    images, samples = batch()
    images.requires_grad_()
    model.loss(images, samples)['unsup.loss_reconstruction'].backward()
    got = grad_names(model)
    assert {name.split('.')[0] for name in got} == {'backbone', 'reconstruction_head'}
    assert all(name.startswith('backbone.encoder') for name in got if name.startswith('backbone'))
    assert all(p.requires_grad for p in model.parameters()), 'frozen for this loss alone'


def test_without_detaching_the_gradient_passes_through_the_prediction():
    """A reconstruction that does not depend on the encoder leaves the way through p alone."""
    for detach in (False, True):
        model = peer('MASSL', detach_attention=detach)
        model.reconstruction_head.forward = lambda features, size: features[0].new_zeros(2, 9, *size)
        loss = model.loss(*batch())['unsup.loss_reconstruction']
        assert loss.requires_grad != detach
        if not detach:
            loss.backward()
            assert any(name.startswith('backbone.encoder') for name in grad_names(model))
