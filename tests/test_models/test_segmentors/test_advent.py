# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The entropy by hand, other losses in its place, and what is refused."""
import math

import pytest

from tests.peers import peer
from tests.tiny import batch


@pytest.mark.parametrize('normalize', [True, False])
def test_entropy_of_the_unlabeled_prediction(normalize):
    model = peer('Advent', unsup_weight=0.5,
                 unsupervised_losses=[dict(type='EntropyLoss', normalize=normalize)]).eval()
    images, samples = batch()
    probs = model.segment(images[2:]).softmax(dim=1)
    entropy = -(probs * probs.log()).sum(dim=1).mean() / (math.log(3) if normalize else 1)
    assert model.loss(images, samples)['unsup.loss_entropy'].item() == pytest.approx(0.5 * entropy.item(), rel=1e-5)


def test_two_losses_of_one_kind_have_weights_and_need_names_of_their_own():
    two = [dict(type='EntropyLoss'), dict(type='EntropyLoss', loss_weight=0.5, loss_name='loss_half')]
    losses = peer('Advent', unsupervised_losses=two).loss(*batch())
    assert 0 < losses['unsup.loss_half'] == losses['unsup.loss_entropy'] / 2
    with pytest.raises(ValueError, match="unsupervised_losses: loss_name='loss_entropy', used twice; set "):
        peer('Advent', unsupervised_losses=[two[0], two[0]])


def test_feature_gradients_act_on_the_encoder_and_classification_is_refused():
    model = peer('Advent', unsupervised_losses=[dict(type='FeatureGradientLoss')])
    assert model.loss(*batch())['unsup.loss_feature_gradient'] > 0
    with pytest.raises(ValueError, match='ClassConsistencyLoss, which needs the classification head'):
        peer('Advent', unsupervised_losses=[dict(type='ClassConsistencyLoss')])
