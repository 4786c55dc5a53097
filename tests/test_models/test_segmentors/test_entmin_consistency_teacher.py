# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The teacher in training, testing and checkpoints."""
import copy
import io

import pytest
import torch

from tests.consistency import SLIDE, WHOLE, colored, make, perturb, steps, views
from tests.tiny import build, unet_cfg


def test_labels_are_the_teachers_on_the_weak_view():
    """The student does not label, and neither colors nor boxes change what the teacher sees."""
    model = make(strong_view=dict(jitter_prob=1.), cutmix=dict(prob=0.))
    steps(model, 2)
    perturb(model.backbone)
    images, samples = colored(0, 3)
    logits = model.teacher(images)
    strong, target, _ = views(model, images, samples)
    assert torch.equal(target, logits.argmax(1)) and len(target.unique()) > 1
    students = model.eval().decode_head(model.extract_feat(images))[0]
    assert not torch.equal(target, students.argmax(1)) and not strong.requires_grad
    assert not torch.allclose(strong, images, atol=0.1)


def test_teacher_is_updated_once_a_step_and_is_the_average_of_the_students():
    model = make(teacher=dict(decay=0.6))
    names = [n[len('teacher.'):] for n in model.state_dict() if n.startswith('teacher.') and n != 'teacher.step']
    history = []
    steps(model, 5, before_step=lambda: history.append({n: model.state_dict()[n].double() for n in names}))
    assert model.teacher.step == 5
    average = history[0]
    for a, students in zip([1 / 2, 0.6, 0.6, 0.6], history[1:]):
        average = {n: a * average[n] + (1 - a) * students[n] for n in names}
    moved = 0
    for name in names:
        mine = model.teacher.state_dict()[name].double()
        expected = history[-1][name] if name.endswith('num_batches_tracked') else average[name]
        assert torch.allclose(mine, expected, atol=1e-5)
        moved += not torch.allclose(mine, history[-1][name], atol=1e-4)
    assert moved > len(names) / 4
    model.eval().predict(colored()[0])
    assert model.teacher.step == 5


def test_the_first_step_copies_the_weights_that_initialization_has_left():
    model = make()
    model.init_weights()
    expected = copy.deepcopy({**model.backbone.state_dict(prefix='backbone.'),
                              **model.decode_head.state_dict(prefix='decode_head.')})
    assert not all(torch.equal(model.teacher.state_dict()[name], x) for name, x in expected.items())
    model.loss(*colored())
    assert all(torch.equal(model.teacher.state_dict()[name], x) for name, x in expected.items())


@pytest.mark.parametrize('test_cfg, size', [(WHOLE, 32), (SLIDE, 48)])
def test_prediction_comes_from_the_teacher(test_cfg, size):
    model = make(test_cfg=test_cfg)
    steps(model, 2)
    model.eval()
    images = colored(0, 2, (size, size))[0]
    predict = lambda: torch.stack([x.seg_logits.data for x in model.predict(images)])  # noqa: E731
    expected = predict()
    plain = build(unet_cfg(test_cfg=test_cfg)).eval()
    plain.backbone.load_state_dict(model.teacher.backbone.state_dict())
    plain.decode_head.load_state_dict(model.teacher.decode_head.state_dict())
    assert expected.shape == (2, 3, size, size)
    assert torch.equal(expected, torch.stack([x.seg_logits.data for x in plain.predict(images)]))
    assert torch.equal(expected, predict())
    perturb(model.backbone, model.decode_head, model.cls_head)
    assert torch.equal(expected, predict())
    perturb(model.teacher)
    assert not torch.allclose(expected, predict(), atol=1e-2)


def test_mode_tensor_is_the_network_that_predicts():
    """The logits that are exported are those that are tested."""
    model = make()
    steps(model, 2)
    perturb(model.backbone)
    images = colored()[0]
    assert torch.equal(model.eval()(images, mode='tensor'), model.teacher(images))


def test_a_checkpoint_holds_the_teacher_and_resumes_identically():
    first, second = make(ramp_up=dict(iters=10)), make(ramp_up=dict(iters=10))
    steps(first, 3)
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    file.seek(0)
    second.load_state_dict(torch.load(file))
    assert second.teacher.step == 3
    for model in (first, second):
        steps(model, 2, seed=9)
    states = first.state_dict(), second.state_dict()
    assert states[0]['teacher.step'] == 5
    assert all(torch.equal(states[1][name], x) for name, x in states[0].items())
    assert not torch.equal(states[0]['teacher.decode_head.head.conv_seg.mean.weight'],
                           states[0]['decode_head.head.conv_seg.mean.weight'])
