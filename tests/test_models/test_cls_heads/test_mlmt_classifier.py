# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The two losses by hand, the views, and the prediction."""
import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import DefaultScope
from mmseg.models import SegDataPreProcessor

from mmseg_entmin.models.cls_heads import MLMTClassifier
from mmseg_entmin.models.cls_heads.mlmt_classifier import flipped
from mmseg_entmin.models.semi_batch import SemiBatch
from tests.peers import TINY_RESNET
from tests.tiny import batch, grad_names

COLORS = SegDataPreProcessor(mean=[127.] * 3, std=[60.] * 3)


@pytest.fixture
def classifier():
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MLMTClassifier(dict(TINY_RESNET), in_channels=32, num_classes=3)


def semi_batch() -> SemiBatch:
    images, samples = batch(2, 3)
    return SemiBatch(images[:2], samples[:2], images[2:], samples[2:])


def test_losses(classifier, monkeypatch):
    monkeypatch.setattr('mmseg_entmin.models.cls_heads.mlmt_classifier.flipped', lambda images: images)
    monkeypatch.setattr(classifier.strong_view, 'forward', lambda images, mean, std, bgr: images + bgr)
    classifier.eval()
    data = semi_batch()
    data.labeled_samples[0].gt_sem_seg.data[:] = 1
    losses = classifier.loss(data, COLORS)
    logits = classifier.classify(classifier, data.labeled)
    tags = torch.tensor([[0., 1., 0.], [1., 1., 1.]])
    assert torch.allclose(losses['classifier.loss_presence'], F.binary_cross_entropy_with_logits(logits, tags))
    student = classifier.classify(classifier, data.unlabeled + 1)
    teacher = classifier.classify(classifier.teacher, data.unlabeled)
    expected = 1 - (student * teacher).sum(1) / student.norm(dim=1) / teacher.norm(dim=1)
    assert torch.allclose(losses['classifier.loss_consistency'], expected.mean(), atol=1e-5)


def test_the_teacher_gets_no_gradient_and_predicts(classifier):
    classifier.train()
    losses = classifier.loss(semi_batch(), COLORS)
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    assert grad_names(classifier) and not any(name.startswith('teacher') for name in grad_names(classifier))
    images = torch.randn(2, 3, 32, 32)
    expected = classifier.teacher.fc(classifier.teacher.backbone(images)[-1].mean((2, 3))).sigmoid()
    assert torch.equal(classifier.predict(images), expected)


def test_the_average_is_that_of_the_weights(classifier):
    classifier.teacher.update(classifier)
    assert torch.equal(classifier.teacher.fc.weight, classifier.fc.weight) and classifier.teacher.decay == 0.999
    assert not any(m.training for m in classifier.train().teacher.modules())


def test_each_image_is_flipped_or_not():
    images = torch.arange(4.).expand(64, 3, 2, 4)
    out = flipped(images)
    mirrored = (out == images.flip(3)).all(dim=(1, 2, 3))
    assert 10 < mirrored.sum() < 54 and ((out == images).all(dim=(1, 2, 3)) ^ mirrored).all()
