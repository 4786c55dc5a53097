# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The teacher's average by hand, its mode, its checkpoint, and what it leaves alone."""
import copy
import io

import pytest
import torch

from mmseg_entmin.models.ema_teacher import EMATeacher
from tests.tiny import CE, batch, build, unet_cfg


def fpn_cfg() -> dict:
    """Config of the method with a neck."""
    return dict(
        type='EntMin',
        backbone=dict(type='ResNet', depth=18, base_channels=8),
        neck=dict(type='FPN', in_channels=[8, 16, 32, 64], out_channels=8, num_outs=4),
        decode_head=dict(type='UncertaintyHead', head=dict(
            type='FPNHead', in_channels=[8] * 4, in_index=[0, 1, 2, 3], channels=8, num_classes=3,
            feature_strides=[4, 8, 16, 32], norm_cfg=dict(type='BN'), loss_decode=CE)),
        cls_head=dict(type='UncertaintyClsHead', in_channels=64, num_classes=3),
        test_cfg=dict(mode='whole'))


@torch.no_grad()
def perturb(model, offset: int = 0) -> None:
    """Every weight and every floating buffer of the parts anew; the integer buffers grow."""
    for part in (getattr(model, name) for name in EMATeacher.PARTS if hasattr(model, name)):
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
    student = build(unet_cfg())
    teacher = EMATeacher(student, decay)
    perturb(student)
    expected = averaged(student, teacher)
    assert not any(torch.equal(teacher.state_dict()[name], x) for name, x in expected.items())
    teacher.update(student)
    assert all(torch.equal(teacher.state_dict()[name], x) for name, x in expected.items())


@pytest.mark.parametrize('decay, factors', [
    (0.6, [0, 1 / 2, 0.6, 0.6, 0.6]), (0.99, [0, 1 / 2, 2 / 3, 3 / 4, 4 / 5]), (0., [0] * 5)])
def test_average_by_hand_of_weights_and_floating_buffers_while_integers_are_copied(decay, factors):
    student = build(unet_cfg())
    teacher = EMATeacher(student, decay)
    expected = {name: x.double() for name, x in averaged(student, teacher).items()}
    for step, a in enumerate(factors):
        perturb(student, step)
        for name, x in averaged(student, teacher).items():
            expected[name] = a * expected[name] + (1 - a) * x.double() if x.is_floating_point() else x
        teacher.update(student)
        assert teacher.step == step + 1
    assert {name.rsplit('.')[-1] for name in expected} >= {'weight', 'running_var', 'num_batches_tracked'}
    for name, x in expected.items():
        mine = teacher.state_dict()[name]
        assert torch.equal(mine, x) if not mine.is_floating_point() else torch.allclose(mine.double(), x, atol=1e-6)


def test_update_leaves_the_student_alone_and_shares_no_memory_with_it():
    student = build(unet_cfg())
    teacher = EMATeacher(student)
    before = copy.deepcopy(student.state_dict())
    teacher.update(student)
    assert all(torch.equal(x, before[name]) for name, x in student.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in student.parameters())
    perturb(teacher)
    assert all(torch.equal(x, before[name]) for name, x in student.state_dict().items())


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
    assert all(torch.equal(x, before[name]) for name, x in model.teacher.state_dict().items())


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
    first, second = build(unet_cfg()), build(unet_cfg())
    for model in (first, second):
        model.teacher = EMATeacher(model)
    for _ in range(3):
        perturb(first)
        first.teacher.update(first)
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    file.seek(0)
    second.load_state_dict(torch.load(file))
    assert second.teacher.step == 3
    perturb(first)
    for model in (first, second):
        model.teacher.update(first)
    states = first.teacher.state_dict(), second.teacher.state_dict()
    assert states[0]['step'] == 4 and all(torch.equal(states[1][name], x) for name, x in states[0].items())


@pytest.mark.parametrize('decay', [1, -0.1, 1.5])
def test_a_decay_out_of_range_is_refused(decay):
    with pytest.raises(ValueError, match=f'decay={decay}, must be in 0..1, 1 excluded'):
        EMATeacher(build(unet_cfg()), decay)
