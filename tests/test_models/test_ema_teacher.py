# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The average against MMEngine's and by hand, its mode, its checkpoint, and the teacher's parts and logits."""
import copy
import io

import pytest
import torch
from mmengine.model import MomentumAnnealingEMA
from torch import nn

from mmseg_entmin.models.ema_teacher import EMAModel, EMATeacher
from tests.synchronisation import NoSynchronisation
from tests.tiny import CE, batch, build, same, unet_cfg

PARTS = ('backbone', 'head')


class Student(nn.Module):
    """Weights, floating and integer buffers in two parts, and a part that is not averaged."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
        self.head, self.other = nn.Conv2d(4, 2, 1), nn.Linear(2, 2)


def fpn_cfg() -> dict:
    """Config of the method with a neck."""
    return dict(
        type='EntMin',
        backbone=dict(type='ResNet', depth=18, base_channels=4),
        neck=dict(type='FPN', in_channels=[4, 8, 16, 32], out_channels=4, num_outs=4),
        decode_head=dict(type='UncertaintyHead', head=dict(
            type='FPNHead', in_channels=[4] * 4, in_index=[0, 1, 2, 3], channels=4, num_classes=3,
            feature_strides=[4, 8, 16, 32], norm_cfg=dict(type='BN'), loss_decode=CE)),
        cls_head=dict(type='UncertaintyClsHead', in_channels=32, num_classes=3),
        test_cfg=dict(mode='whole'))


@torch.no_grad()
def perturb(model, offset: int = 0) -> None:
    """Draw every weight and every floating buffer of the averaged parts; the integer buffers grow."""
    for part in (getattr(model, name) for name in {*PARTS, *EMATeacher.PARTS} if hasattr(model, name)):
        for name, tensor in part.state_dict(keep_vars=True).items():
            if tensor.is_floating_point():
                tensor.copy_(torch.rand_like(tensor) + 0.5 if 'var' in name else 0.1 * torch.randn_like(tensor))
            else:
                tensor.add_(7 + offset)


def averaged(student, teacher) -> dict:
    """The student's tensors that the teacher has as well."""
    names = set(teacher.state_dict()) - {'step'}
    return {name: x.clone() for name, x in student.state_dict().items() if name in names}


def test_parts_are_those_of_the_prediction():
    student = build(unet_cfg())
    names = set(EMATeacher(student).state_dict())
    assert names == {n for n in student.state_dict() if n.startswith(('backbone.', 'decode_head.'))} | {'step'}


@pytest.mark.parametrize('decay', [0., 0.5, 0.99])
def test_first_update_copies_the_student_exactly_even_if_its_weights_changed_since(decay):
    student = Student()
    average = EMAModel(student, PARTS, decay)
    perturb(student)
    expected = averaged(student, average)
    assert not same(expected, average.state_dict())
    average.update(student)
    assert same(expected, average.state_dict()) == set(expected)


@pytest.mark.parametrize('decay, factors', [
    (0.6, [0, 1 / 2, 0.6, 0.6, 0.6]), (0.99, [0, 1 / 2, 2 / 3, 3 / 4, 4 / 5]), (0., [0] * 5)])
def test_average_by_hand_of_weights_and_floating_buffers_while_integers_are_copied(decay, factors):
    student = Student()
    average = EMAModel(student, PARTS, decay)
    expected = {name: x.double() for name, x in averaged(student, average).items()}
    for step, a in enumerate(factors):
        perturb(student, step)
        for name, x in averaged(student, average).items():
            expected[name] = a * expected[name] + (1 - a) * x.double() if x.is_floating_point() else x
        average.update(student)
        assert average.step == step + 1
    assert {name.rsplit('.')[-1] for name in expected} >= {'weight', 'running_var', 'num_batches_tracked'}
    for name, x in expected.items():
        mine = average.state_dict()[name]
        assert torch.equal(mine, x) if not mine.is_floating_point() else torch.allclose(mine.double(), x, atol=1e-6)


@pytest.mark.parametrize('decay', [0.6, 0.99, 0.999])
def test_equals_mmengines_average_to_the_bit_and_does_not_wait_for_the_device(decay):
    student = Student()
    average = EMAModel(student, PARTS, decay)
    theirs = MomentumAnnealingEMA(student, momentum=1 - decay, gamma=1, update_buffers=True)
    for step in range(200):
        perturb(student, step)
        with NoSynchronisation():
            average.update(student)
        theirs.update_parameters(student)
    mine, expected = average.state_dict(), theirs.module.state_dict()
    assert mine.pop('step') == theirs.steps == 200
    weights = {name: x for name, x in mine.items() if x.is_floating_point()}
    assert same(weights, expected) == set(weights)


def test_update_leaves_the_student_alone_and_shares_no_memory_with_it():
    student = Student()
    average = EMAModel(student, PARTS)
    before = copy.deepcopy(student.state_dict())
    average.update(student)
    assert same(before, student.state_dict()) == set(before)
    assert all(p.requires_grad and p.grad is None for p in student.parameters())
    perturb(average)
    assert same(before, student.state_dict()) == set(before)


def test_always_in_eval_mode():
    model = build(unet_cfg())
    model.teacher = EMATeacher(model)
    assert not any(m.training for m in model.teacher.modules())
    for module in (model, model.teacher):
        module.train()
        assert not any(m.training for m in model.teacher.modules())
    assert model.backbone.training and model.decode_head.training
    before = copy.deepcopy(model.teacher.state_dict())
    images = torch.randn(2, 3, 32, 32)
    assert torch.equal(model.teacher(images), model.teacher(images))
    assert same(before, model.teacher.state_dict()) == set(before)


def test_no_gradient_and_none_is_asked_for():
    model = build(unet_cfg())
    model.teacher = EMATeacher(model)
    model.train()
    model.teacher.update(model)
    assert not any(p.requires_grad for p in model.teacher.parameters())
    assert not model.teacher(torch.randn(1, 3, 32, 32, requires_grad=True)).requires_grad
    model.parse_losses(model.loss(*batch()))[0].backward()
    assert all(p.grad is None for p in model.teacher.parameters())


@pytest.mark.parametrize('cfg', [unet_cfg, fpn_cfg])
def test_logits_are_the_students_in_eval_mode_after_the_first_update_with_and_without_a_neck(cfg):
    student = build(cfg())
    teacher = EMATeacher(student)
    perturb(student)
    images = torch.randn(2, 3, 64, 64)
    expected = student.eval()._forward(images)
    assert expected.isfinite().all() and not torch.allclose(teacher(images), expected)
    teacher.update(student)
    assert torch.equal(teacher(images), expected)
    assert any(name.startswith('neck.') for name in teacher.state_dict()) == (cfg is fpn_cfg)


def test_checkpoint_resumes_identically_with_the_step_count():
    student = Student()
    first, second = EMAModel(student, PARTS), EMAModel(Student(), PARTS)
    for _ in range(3):
        perturb(student)
        first.update(student)
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    file.seek(0)
    second.load_state_dict(torch.load(file))
    assert second.step == 3
    perturb(student)
    for average in (first, second):
        average.update(student)
    states = first.state_dict(), second.state_dict()
    assert states[0]['step'] == 4 and same(*states) == set(states[0])


@pytest.mark.parametrize('decay', [1, -0.1, 1.5])
def test_a_decay_out_of_range_is_refused(decay):
    with pytest.raises(ValueError, match=f'teacher: decay={decay}, must be in 0..1, 1 excluded'):
        EMAModel(Student(), PARTS, decay)
