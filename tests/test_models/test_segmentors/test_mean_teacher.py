# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The consistency by hand, and who predicts."""
import pytest
import torch

from tests.peers import peer
from tests.tiny import batch


def test_squared_distance_of_probabilities_over_all_classes_and_pixels():
    model = peer('MeanTeacher', noise=dict(std=0.)).eval()
    images, samples = batch()
    with torch.no_grad():
        for parameter in model.teacher.parameters():
            parameter.add_(0.1)
    model.teacher.step += 10**6
    model.teacher.decay = 1 - 1e-9
    student, teacher = model.segment(images[2:]).softmax(1), model.teacher(images[2:]).softmax(1)
    loss = model.loss(images, samples)['unsup.loss_consistency']
    assert loss.item() == pytest.approx(100 * (student - teacher).square().mean().item(), rel=1e-3) and loss > 0


def test_noise_is_drawn_apart_for_student_and_teacher():
    model, seen = peer('MeanTeacher', noise=dict(std=0.1)), []
    images, samples = batch()
    teacher, segment = model.teacher.forward, model.segment
    model.teacher.forward = lambda x: (seen.append(x), teacher(x))[1]
    model.segment = lambda x: (seen.append(x), segment(x))[1]
    model.loss(images, samples)
    assert len(seen) == 2 and not torch.equal(*seen)
    assert all(0 < (x - images[2:]).abs().max() <= 0.2 + 1e-6 for x in seen)


def test_the_student_can_predict():
    model = peer('MeanTeacher', test_with_teacher=False).eval()
    with torch.no_grad():
        model.decode_head.conv_seg.bias.add_(1.)
    images = torch.randn(1, 3, 32, 32)
    assert torch.equal(model(images, mode='tensor'), model.decode_head(model.backbone(images)))


def test_options_of_the_noise_are_refused_under_their_key():
    with pytest.raises(ValueError, match='^noise: std=-1, must not be negative'):
        peer('MeanTeacher', noise=dict(std=-1))
