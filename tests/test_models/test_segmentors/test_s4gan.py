# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Terms of the segmentor and of the discriminator by hand; classes that are filtered at test time."""
import pytest
import torch
import torch.nn.functional as F

from tests.peers import TINY_RESNET, peer, supervised_cfg
from tests.tiny import batch

BCE = F.binary_cross_entropy_with_logits


def test_terms():
    model = peer('S4GAN', threshold=0.5, feature_weight=0.5, self_training_weight=2.).eval()
    images, samples = batch(2, 3)
    model.not_first.step += 1
    with torch.no_grad():
        model.discriminator.score.bias.copy_(0.)
        # scores on both sides of the threshold
        logits = model.segment(images[2:])
        scores, _ = model.discriminator(logits.softmax(1), images[2:])
        model.discriminator.score.bias.sub_(scores.median())
    losses = model.loss(images, samples)
    scores, features = model.discriminator(logits.softmax(1), images[2:])
    maps = torch.cat([s.gt_sem_seg.data for s in samples[:2]])
    truth = torch.stack([maps == c for c in range(3)], dim=1).float()
    real_scores, real_features = model.discriminator(truth, images[:2])
    matching = (real_features.mean(0) - features.mean(0)).abs().mean()
    assert torch.allclose(losses['unsup.loss_features'], 0.5 * matching, rtol=1e-4)
    trusted = scores > 0
    assert 0 < trusted.sum() < 3 and torch.allclose(losses['unsup.selected'], trusted.float().mean())
    expected = 2 * F.cross_entropy(logits[trusted], logits[trusted].argmax(1))
    assert torch.allclose(losses['unsup.loss_self_training'], expected, rtol=1e-4)
    expected = (BCE(scores, torch.zeros(3)) + BCE(real_scores, torch.ones(2))) / 2
    assert torch.allclose(losses['discriminator.loss'], expected)


def test_grey_images():
    grey = dict(supervised_cfg()['backbone'], in_channels=1)
    model = peer('S4GAN', backbone=grey, data_preprocessor=dict(type='SegDataPreProcessor'))
    images, samples = batch()
    assert model.loss(images[:, :1], samples)['discriminator.loss'].isfinite()


def test_no_self_training_in_the_first_step_nor_without_a_trusted_image():
    model = peer('S4GAN', threshold=0.)
    terms = [model.loss(*batch())['unsup.loss_self_training'].item() for _ in range(2)]
    assert terms[0] == 0 < terms[1]
    model.threshold = 1.
    losses = model.loss(*batch())
    assert losses['unsup.loss_self_training'] == losses['unsup.selected'] == 0


def test_classes_that_the_classifier_holds_absent_are_not_predicted_but_background_is_kept():
    model = peer('S4GANMLMT', presence_threshold=0.2).eval()
    images = torch.randn(2, 3, 32, 32)
    plain = super(type(model), model).predict(images)
    expected = [result.seg_logits.data.clone() for result in plain]
    model.classifier.predict = lambda x: torch.tensor([[0.1, 0.9, 0.1], [0.9, 0.3, 0.2]])
    first, second = model.predict(images)
    assert torch.equal(first.seg_logits.data[:2], expected[0][:2]) and (first.seg_logits.data[2] == -torch.inf).all()
    assert (first.pred_sem_seg.data != 2).all()
    assert torch.equal(second.seg_logits.data, expected[1])


def test_the_classifier_is_left_out_by_default_and_its_teacher_follows_each_step():
    assert peer('S4GAN').classifier is None
    model = peer('S4GANMLMT')
    for _ in range(2):
        losses = model.loss(*batch())
    assert model.classifier.teacher.step == 2
    assert losses['classifier.loss_presence'] > 0 and losses['classifier.loss_consistency'] >= 0
    with pytest.raises(TypeError):
        peer('S4GAN', classifier=dict(backbone=TINY_RESNET))
