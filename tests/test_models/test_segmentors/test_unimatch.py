# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Weights of the three terms, two different strong views, and the perturbed features."""
import pytest
import torch

from tests.consistency import SAME
from tests.peers import peer
from tests.tiny import batch, sample


def test_weights_of_the_terms(monkeypatch):
    model = peer('UniMatch', unsup_weight=2.)
    monkeypatch.setattr(model, 'strong_loss', lambda *args: (torch.tensor(1.), torch.tensor(0.5)))
    losses = model.loss(*batch())
    assert [losses[f'unsup.loss_{name}'].item() for name in ('strong_1', 'strong_2', 'features')] == [0.5, 0.5, 1.]
    assert losses['unsup.selected'] == 0.5


def test_two_strong_views_that_differ_pass_together():
    model = peer('UniMatch', cutmix=dict(prob=1.))
    seen, segment = [], model.segment
    model.segment = lambda x: (seen.append(x), segment(x))[1]
    model.loss(*batch(2, 3))
    views, = seen
    assert len(views) == 6 and not torch.equal(views[:3], views[3:])


def test_labels_and_padding_follow_the_pixels_into_the_boxes_of_each_view():
    """Pixels tell their class, and padding none: what is right and counts has no loss."""
    model = peer('UniMatch', strong_view=SAME['strong_view'], cutmix=dict(prob=1.))
    model.segment = lambda images: 50 * images
    model.decode = lambda features, images: 50 * images
    images, samples = batch(2, 3)
    images[2:] = torch.eye(3)[:, :, None, None]
    images[2, :, 20:], samples[2] = 0, sample((20, 32), labeled=False)
    losses = model.loss(images, samples)
    assert losses['unsup.selected'] == 1
    assert all(losses[f'unsup.loss_{name}'] < 1e-6 for name in ('strong_1', 'strong_2', 'features'))


@pytest.mark.parametrize('drop, same', [(0., True), (0.5, False)])
def test_channels_of_the_encoders_maps_are_dropped(drop, same):
    model = peer('UniMatch', feature_drop=drop)
    seen, decode = [], model.decode
    model.decode = lambda features, images: (seen.append(([x.detach() for x in features], torch.is_grad_enabled())),
                                             decode(features, images))[1]
    model.loss(*batch())
    (whole, no_grad), (dropped, grad) = seen
    assert (no_grad, grad) == (False, True) and len(whole) == 4  # every stage of the U-Net's encoder
    assert all(torch.equal(a, b) for a, b in zip(whole, dropped)) == same
    if not same:
        for a, b in zip(whole, dropped):
            zero = (b == 0).all(dim=(2, 3))
            assert torch.allclose(b[~zero], 2 * a[~zero])
        assert any((b == 0).all(dim=(2, 3)).any() for b in dropped)


def test_strong_views_and_perturbed_features_leave_the_running_statistics_alone():
    """Only the labeled and the weak images count, in the encoder and in the decoder."""
    model = peer('UniMatch')
    model.loss(*batch())
    counts = {int(v) for k, v in model.state_dict().items() if k.endswith('num_batches_tracked')}
    assert counts == {2}


def test_a_drop_out_of_range_is_refused():
    with pytest.raises(ValueError, match='UniMatch: feature_drop=1, must be in 0..1, 1 excluded'):
        peer('UniMatch', feature_drop=1)
