# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Losses and their gradients, statistics, refinement, and refusals."""
import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.consistency import (
    COLORS,
    CONSISTENCY,
    SAME,
    SLIDE,
    SUPERVISED,
    TERMS,
    WHOLE,
    colored,
    fix_teacher,
    losses_of,
    make,
    seeded_loss,
    steps,
    views,
)
from tests.tiny import build, grad_names, same, unet_cfg


def test_names_and_sum_of_the_losses():
    model = make()
    losses = model.loss(*colored())
    assert set(losses) == SUPERVISED | TERMS | CONSISTENCY | {'unsup.weight'}
    total, log = model.parse_losses(losses)
    assert total.item() == pytest.approx(sum(v.item() for k, v in losses.items() if 'loss' in k))
    assert log['consistency.selected'] == 1 and log['consistency.loss'] > 0


def test_consistency_reaches_the_students_encoder_and_decoder_and_nothing_else():
    model = make()
    steps(model, 2)
    model.zero_grad()
    model.loss(*colored())['consistency.loss'].backward()
    got = grad_names(model)
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
    for part in ('backbone.encoder', 'backbone.decoder', 'decode_head.head.convs', 'decode_head.head.conv_seg.mean'):
        assert any(name.startswith(part) for name in got)
    assert not any(name.startswith(('teacher', 'cls_head')) or 'variance' in name for name in got)


def test_supervised_losses_come_from_labeled_images_alone_and_the_others_from_unlabeled():
    model = make(unsup_weight=1.)
    images, samples = colored()
    steps(model, 1)
    losses = losses_of(model, images, samples)
    other_unlabeled = losses_of(model, torch.cat([images[:2], images[2:].flip(0, 3)]), samples)
    assert same(losses, other_unlabeled) == SUPERVISED | {
        'unsup.weight', 'consistency.weight', 'consistency.selected'}
    other_labeled = losses_of(model, torch.cat([images[:2].flip(0, 3), images[2:]]), samples)
    unlabeled = TERMS | CONSISTENCY | {'unsup.weight'}
    assert same(losses, other_labeled) - {'cls.miss_rate', 'cls.called_absent'} == unlabeled


def test_the_order_of_labeled_among_unlabeled_images_does_not_matter():
    model = make()
    images, samples = colored(2, 3)
    order = [2, 0, 3, 1, 4]
    first = losses_of(model, images, samples)
    second = losses_of(model, images[order], [samples[i] for i in order])
    assert all(torch.allclose(first[name], second[name], rtol=1e-4) for name in first)


def test_with_equal_views_and_weight_zero_all_else_is_that_of_the_semi_segmentor():
    model = make(consistency_weight=0., **SAME)
    plain = build(unet_cfg(data_preprocessor=COLORS)).train()
    plain.decode_head.head.dropout = None
    plain.load_state_dict({k: v for k, v in model.state_dict().items() if not k.startswith('teacher.')})
    data = colored()
    losses = seeded_loss(model, *data)
    torch.manual_seed(0)
    expected = plain.loss(*data)
    assert losses['consistency.loss'] == 0
    assert set(losses) - CONSISTENCY == set(expected)
    assert all(torch.allclose(losses[name], x, rtol=1e-4, atol=1e-7) for name, x in expected.items())
    for network, result in ((model, losses), (plain, expected)):
        network.parse_losses(result)[0].backward()
    grads = dict(model.named_parameters())
    assert all(torch.allclose(grads[name].grad, p.grad, rtol=1e-3, atol=1e-5) for name, p in plain.named_parameters())


def test_unsupervised_losses_act_on_the_strong_view():
    weak, strong = make(**SAME), make(strong_view=dict(jitter_prob=1., gray_prob=0., blur_prob=1.))
    strong.load_state_dict(weak.state_dict())
    data = colored()
    assert same(losses_of(weak, *data), losses_of(strong, *data)) == SUPERVISED | {
        'unsup.weight', 'consistency.weight', 'consistency.selected'}


@pytest.mark.parametrize('weight', [0.5, 2.])
def test_weight_and_ramp_up_scale_the_consistency(weight):
    model, data = make(), colored()
    expected = losses_of(model, *data)['consistency.loss']
    model.consistency_weight = weight
    assert torch.allclose(losses_of(model, *data)['consistency.loss'], weight * expected)
    ramped = make(consistency_weight=weight, ramp_up=dict(iters=2, form='linear'))
    ramped.load_state_dict(model.state_dict())
    for factor in (0., 0.5, 1., 1.):
        assert torch.allclose(losses_of(ramped, *data)['consistency.loss'], factor * weight * expected)
        ramped.ramp_up.step += 1


def test_running_statistics_are_moved_by_labeled_images_alone():
    model = make()
    start = {k: v.clone() for k, v in model.state_dict().items() if 'running' in k}
    images, samples = colored()
    control = copy.deepcopy(model)
    model.loss(images, samples)
    control.loss(images[:2], samples[:2])
    assert any(k.startswith('backbone') for k in start)
    for name, x in start.items():
        now = model.state_dict()[name]
        assert torch.equal(now, control.state_dict()[name])
        assert torch.equal(now, x) == name.startswith('teacher.')  # the teacher was updated before they moved
    assert all(m.momentum == 0.1 for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d))


@pytest.mark.filterwarnings('ignore:.*use_reentrant')
def test_activation_checkpointing_leaves_the_running_statistics_to_the_labeled_images():
    """The backward pass computes the forward again; it must not let strong views move them then."""
    cfg = unet_cfg(3, data_preprocessor=COLORS, threshold=0.)
    cfg['backbone']['with_cp'] = True
    model = build(dict(cfg, type='EntMinConsistency')).train()
    twin = copy.deepcopy(model)
    images, samples = colored()
    other = torch.cat([images[:2], images[2:] + 1])
    for network, data in ((model, images), (twin, other)):
        network.parse_losses(network.loss(data.requires_grad_(), samples))[0].backward()
    running = {k: v for k, v in model.state_dict().items() if 'running' in k}
    assert running and all(torch.equal(v, twin.state_dict()[k]) for k, v in running.items())


def test_unlabeled_images_are_normalized_by_their_own_statistics():
    """The losses do not depend on the running statistics, but for the teacher's labels."""
    model = make()
    fix_teacher(model, lambda x: torch.stack([x[:, 0], x[:, 1], x[:, 2]], 1))
    data = colored()
    expected = losses_of(model, *data)
    for name, buffer in model.named_buffers():
        if 'running' in name:
            buffer.add_(1)
    assert same(expected, losses_of(model, *data)) == set(expected)


@pytest.mark.parametrize('size', [16, 8])
def test_consistency_is_the_cross_entropy_summed_over_the_selected_and_divided_by_the_valid_pixels(size):
    model = make()
    logits = (3 * torch.randn(2, 3, size, size)).requires_grad_()
    target, selected = torch.randint(3, (2, 1, 16, 16)), torch.rand(2, 1, 16, 16) < 0.4
    valid = selected | (torch.rand(2, 1, 16, 16) < 0.5)
    predictions = model.forward_predictions(torch.randn(2, 3, 32, 32))
    predictions.seg_outputs = (logits, *predictions.seg_outputs[1:])
    loss = model.consistency_loss(predictions, target, selected, valid)
    z = F.interpolate(logits, (16, 16), mode='bilinear', align_corners=False).detach().double().numpy()
    log_probs = z - np.log(np.exp(z).sum(1, keepdims=True))
    total = sum(-log_probs[n, target[n, 0, i, j], i, j] for n, _, i, j in selected.nonzero().tolist())
    assert loss.item() == pytest.approx(total / valid.sum().item(), rel=1e-5)
    loss.backward()
    if size == 16:
        assert torch.equal(logits.grad.abs().sum(1, keepdim=True) > 0, selected)


def test_labeled_images_alone_give_the_supervised_losses_and_update_the_teacher():
    model = make()
    assert set(model.loss(*colored(2, 0))) == SUPERVISED
    assert model.teacher.step == 1


def test_a_batch_without_a_labeled_image_is_refused_and_does_not_count_as_a_step():
    model = make()
    with pytest.raises(ValueError, match='none of the 3 images of the batch is labeled'):
        model.loss(*colored(0, 3))
    assert model.teacher.step == 0


@pytest.mark.parametrize('test_cfg, size', [(WHOLE, 32), (SLIDE, 48)])
def test_refinement_masks_classes_of_the_teachers_prediction(test_cfg, size):
    model = make(test_cfg=dict(test_cfg, class_refinement=dict(threshold=0.2)))
    plain = make(test_cfg=test_cfg)
    with torch.no_grad():
        model.cls_head.conv_mean.weight.zero_()
        model.cls_head.conv_mean.bias.copy_(torch.tensor([0., 5., -5.]))
    steps(model, 2, lr=0.)
    plain.load_state_dict(model.state_dict(), strict=False)
    images = colored(0, 2, (size, size))[0]
    for refined, expected in zip(model.eval().predict(images), plain.eval().predict(images)):
        assert torch.equal(refined.seg_logits.data[:2], expected.seg_logits.data[:2])
        assert (refined.seg_logits.data[2] == -torch.inf).all() and (refined.pred_sem_seg.data != 2).all()


def test_auxiliary_heads_act_on_labeled_images():
    aux = dict(type='FCNHead', in_channels=8, in_index=2, channels=4, num_convs=1, num_classes=3, dropout_ratio=0)
    model = make(auxiliary_head=aux)
    images, samples = colored()
    losses = losses_of(model, images, samples)
    assert losses['aux.loss_ce'] > 0
    assert 'aux.loss_ce' in same(losses, losses_of(model, torch.cat([images[:2], -images[2:]]), samples))


def test_many_classes():
    num_classes = 150
    model = make(num_classes)
    losses = model.loss(*colored(num_classes=num_classes))
    model.parse_losses(losses)[0].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.requires_grad)
    assert model.eval().predict(torch.randn(1, 3, 32, 32))[0].seg_logits.data.shape == (num_classes, 32, 32)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_losses_are_finite_and_close_to_float32_under_autocast(dtype):
    model, data = make(), colored()
    fix_teacher(model, lambda x: x)
    expected = losses_of(model, *data)
    with torch.autocast('cpu', dtype):
        losses = seeded_loss(model, *data)
    for name, loss in losses.items():
        if 'acc' not in name:
            assert loss.dtype == torch.float32 and torch.allclose(loss, expected[name], rtol=0.1, atol=1e-3)
    model.parse_losses(losses)[0].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.requires_grad)


@pytest.mark.parametrize('options, message', [
    (dict(threshold=1.5), 'EntMinConsistency: threshold=1.5'),
    (dict(threshold=-0.1), 'EntMinConsistency: threshold=-0.1'),
    (dict(consistency_weight=-1), 'EntMinConsistency: consistency_weight=-1'),
    (dict(teacher=dict(decay=1)), 'teacher: decay=1'), (dict(cutmix=dict(prob=2)), 'CutMix: prob=2'),
    (dict(strong_view=dict(brightness=-1)), 'brightness'), (dict(unsup_weight=-0.1), 'unsup_weight=-0.1'),
    (dict(teacher_flips=['diagonal']), 'EntMinConsistency: teacher_flips=')], ids=str)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


@pytest.mark.parametrize('options, message', [
    (dict(batch_norm='shared'), "EntMinConsistency: .*needs batch_norm='separate'"),
    (dict(running_statistics='both'), "running_statistics='both', only 'labeled' and 'unlabeled' are poss")], ids=str)
def test_other_statistics_are_refused(options, message):
    """Strong views would pull those of the test away from the images."""
    with pytest.raises(ValueError, match=message):
        make(**options)


@pytest.mark.parametrize('flips, alike', [((), False), (('horizontal', ), True)])
def test_a_teacher_of_mirror_images_labels_an_image_as_its_mirror_image(flips, alike):
    model = make(**SAME, teacher_flips=flips)
    steps(model, 2)
    images, samples = colored()
    labels, mirrored = (views(model, view, samples)[1] for view in (images, images.flip(3)))
    agree = (labels == mirrored.flip(2)).float().mean()
    assert (agree > 0.99) == alike
