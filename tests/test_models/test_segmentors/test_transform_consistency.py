# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The distance by hand, what counts, and that both predictions learn."""
import pytest
import torch

from mmseg_entmin.models.semi_batch import SemiBatch
from tests.peers import peer
from tests.tiny import batch, sample


def shift(model, right=4., down=0.):
    """Let the model's deformations be a shift by whole pixels."""
    still = type(model.deformation)(std=0.)
    model.deformation.forward = lambda *size: still(*size) + torch.tensor([right, down])
    return model


def test_the_distance_by_hand_over_labeled_and_unlabeled_images():
    model = shift(peer('TransformConsistency', unsup_weight=2.).eval())
    images, samples = batch(2, 3)
    loss = model.loss(images, samples)['unsup.loss_consistency']
    moved = torch.zeros_like(images)
    moved[..., :-4] = images[..., 4:]
    with torch.no_grad():
        there, here = model.segment(moved).softmax(1), model.segment(images).softmax(1)
    expected = 2 * (there[..., :-4] - here[..., 4:]).square().mean()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-4) and loss > 0


def test_what_is_equivariant_has_no_loss_and_padding_does_not_count():
    model = shift(peer('TransformConsistency'), right=3., down=2.)
    model.segment = lambda images: 5 * images + 9 * (images == 0)  # tells where the image ends
    images, samples = batch(2, 1)
    samples += [sample((20, 32), labeled=False)]
    images = torch.cat([images, images[:1]])
    images[3, :, 20:] = 7.
    logits = 5 * images[:2]
    data = SemiBatch.of(images, samples)
    assert model.unlabeled_loss(data, logits, 1.)['unsup.loss_consistency'] < 1e-9
    assert model.unlabeled_loss(data, -logits, 1.)['unsup.loss_consistency'] > 0.01  # of labeled images


def test_both_predictions_get_the_gradient():
    model = peer('TransformConsistency')
    outputs = [torch.randn(2, 3, 32, 32, requires_grad=True) for _ in range(4)]
    calls = iter(outputs[:3])
    model.segment = lambda images: next(calls)
    images, samples = batch()
    model.unlabeled_loss(SemiBatch.of(images, samples), outputs[3], 1.)['unsup.loss_consistency'].backward()
    assert all(x.grad.abs().sum() > 0 for x in outputs)


def test_deformed_images_leave_the_running_statistics_alone():
    model = peer('TransformConsistency')
    model.loss(*batch())
    assert {int(v) for k, v in model.state_dict().items() if k.endswith('num_batches_tracked')} == {2}


def test_options_of_the_deformation_are_refused_under_their_key():
    with pytest.raises(ValueError, match='^deformation: std=-1, must not be negative'):
        peer('TransformConsistency', deformation=dict(std=-1))
