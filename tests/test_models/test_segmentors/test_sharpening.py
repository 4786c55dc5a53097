# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The loss by hand, and what configs of 0.x wrote for it."""
import pytest
import torch

from tests.peers import peer
from tests.tiny import batch, sample


@pytest.mark.parametrize('temperature', [0.5, 0.25])
def test_distance_to_the_sharpened_prediction(temperature):
    model = peer('Sharpening', temperature=temperature).eval()
    images, samples = batch()
    logits = model.segment(images[2:])
    expected = 0.1 * (logits.softmax(1) - (logits / temperature).softmax(1)).square().sum(1).mean()
    assert torch.allclose(model.loss(images, samples)['unsup.loss_sharpening'], expected)


def test_equals_the_list_of_losses_that_configs_of_0x_gave():
    """Losses and gradients to the bit, with padding."""
    images, samples = batch()
    samples[3] = sample((20, 24), labeled=False)
    results = []
    for name, options in (('Sharpening', {}), ('Advent', dict(unsup_weight=0.1, unsupervised_losses=[
            dict(type='AdaptiveSharpeningLoss', temperature=0.5)]))):
        torch.manual_seed(0)
        model = peer(name, **options)
        losses = model.loss(images, samples)
        model.parse_losses(losses)[0].backward()
        results.append((losses, {k: p.grad for k, p in model.named_parameters()}))
    for first, second in zip(*results):
        assert first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_a_temperature_out_of_range_is_refused():
    with pytest.raises(ValueError, match='Sharpening: temperature=0, must be above 0'):
        peer('Sharpening', temperature=0)
