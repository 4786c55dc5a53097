# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Losses and their gradients, views and selected pixels, the teacher in training and testing, and refusals."""
import copy
import io

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.tiny import batch, build, grad_names, sample, unet_cfg

TERMS = {'unsup.loss_feature_gradient', 'unsup.loss_sharpening', 'unsup.loss_class_consistency'}
SUPERVISED = {'decode.loss_ce', 'decode.acc_seg', 'cls.loss'}
CONSISTENCY = {'consistency.loss', 'consistency.selected', 'consistency.weight'}
MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
COLORS = dict(type='SegDataPreProcessor', mean=MEAN, std=STD, size=(32, 32))
SAME = dict(strong_view=dict(jitter_prob=0., gray_prob=0., blur_prob=0.), cutmix=dict(prob=0.))
WHOLE, SLIDE = dict(mode='whole'), dict(mode='slide', crop_size=(32, 32), stride=(16, 16))


def make(num_classes=3, **options):
    """The model in training mode, every pixel selected and no dropout unless told otherwise."""
    cfg = unet_cfg(num_classes, **{'data_preprocessor': COLORS, 'threshold': 0., **options})
    model = build(dict(cfg, type='ConsistencySegmentor')).train()
    model.decode_head.head.dropout = model.teacher.decode_head.head.dropout = None
    return model


def colored(labeled=2, unlabeled=2, size=(32, 32), num_classes=3):
    """A batch of images that are colors: noise in 0..255, normalized."""
    images, samples = batch(labeled, unlabeled, size, num_classes)
    mean, std = (torch.tensor(x).view(3, 1, 1) for x in (MEAN, STD))
    return (torch.rand_like(images) * 255 - mean) / std, samples


def losses_of(model, images, samples, seed=0) -> dict:
    """Losses of a copy, so that the model itself does not change."""
    torch.manual_seed(seed)
    return copy.deepcopy(model).loss(images, samples)


def same(first: dict, second: dict) -> set:
    """Names of the entries of the first that are equal in the second."""
    return {name for name in first if torch.equal(first[name], second[name])}


def steps(model, count: int, seed=0, lr=0.1, before_step=lambda: None):
    """Trains for some steps; ``before_step`` is called before every loss."""
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr)
    for step in range(count):
        torch.manual_seed(seed + step)
        data = colored()
        before_step()
        optimizer.zero_grad()
        model.parse_losses(model.loss(*data))[0].backward()
        optimizer.step()


@torch.no_grad()
def perturb(*modules) -> None:
    for module in modules:
        for parameter in module.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))


def fix_teacher(model, labels_of) -> None:
    """The model's teacher says what ``labels_of`` says, logits (N, C, H, W) of images."""
    model.teacher.forward = labels_of


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


def test_every_parameter_of_the_student_gets_a_gradient_and_none_of_the_teacher():
    """Data-parallel training has no unused parameters to look for."""
    model = make()
    model.parse_losses(model.loss(*colored()))[0].backward()
    for name, parameter in model.named_parameters():
        assert parameter.requires_grad == (parameter.grad is not None) == (not name.startswith('teacher.'))


def test_supervised_losses_come_from_labeled_images_alone_and_the_others_from_unlabeled():
    model = make(unsup_weight=1.)
    images, samples = colored()
    steps(model, 1)
    losses = losses_of(model, images, samples)
    other_unlabeled = losses_of(model, torch.cat([images[:2], images[2:].flip(0, 3)]), samples)
    assert same(losses, other_unlabeled) == SUPERVISED | {
        'unsup.weight', 'consistency.weight', 'consistency.selected'}
    other_labeled = losses_of(model, torch.cat([images[:2].flip(0, 3), images[2:]]), samples)
    assert same(losses, other_labeled) == TERMS | CONSISTENCY | {'unsup.weight'}


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
    torch.manual_seed(0)
    losses = model.loss(*data)
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


@pytest.mark.parametrize('threshold, logit, share', [
    (0., 5., 1.), (0.98, 5., 0.25), (0.99, 5., 0.), (0.3, 5., 1.), (1., 5., 0.), (1., 200., 0.25)])
def test_only_pixels_of_which_the_teacher_is_sure_are_selected_and_their_share_is_logged(threshold, logit, share):
    """A logit of 5 above the others is p = 0.987, one of 200 is exactly 1: as sure as the threshold is sure enough."""
    model = make(threshold=threshold, **SAME)
    logits = torch.zeros(2, 3, 32, 32)
    logits[:, 1, :, :8] = logit
    fix_teacher(model, lambda x: logits)
    images, samples = colored()
    assert model.loss(images, samples)['consistency.selected'].item() == share
    _, target, selected = model.views(images[2:], samples[2:])
    if share == 0.25:
        assert selected[:, :, :8].all() and not selected[:, :, 8:].any() and (target[:, :, :8] == 1).all()


def test_no_pixel_selected_adds_zero_with_finite_gradients():
    model = make(threshold=1., **SAME)
    fix_teacher(model, lambda x: torch.zeros(2, 3, 32, 32))
    losses = model.loss(*colored())
    assert losses['consistency.loss'] == losses['consistency.selected'] == 0
    losses['consistency.loss'].backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters()) and not grad_names(model)


def test_padding_is_not_selected():
    model = make(**SAME)
    images, samples = colored(2, 0)
    samples += [sample((20, 24), labeled=False), sample((32, 9), labeled=False)]
    images = torch.cat([images, images])
    _, _, selected = model.views(images[2:], samples[2:])
    assert selected[0, :20, :24].all() and selected[0].sum() == 20 * 24
    assert selected[1, :, :9].all() and selected[1].sum() == 32 * 9
    assert model.loss(images, samples)['consistency.selected'].item() == pytest.approx((480 + 288) / 2048)
    no_size = [sample(labeled=False) for _ in range(2)]
    for one in no_size:
        del one.img_shape
    assert model.views(images[2:], no_size)[2].all()


def test_padding_by_the_preprocessor_is_not_selected():
    model = make(**SAME)
    sizes = [(32, 32), (32, 32), (20, 24), (32, 9)]
    data = dict(
        inputs=[torch.randint(256, (3, *size), dtype=torch.uint8) for size in sizes],
        data_samples=[sample(size, labeled=i < 2) for i, size in enumerate(sizes)])
    data = model.data_preprocessor(data, training=True)
    losses = model(**data, mode='loss')
    assert losses['consistency.selected'].item() == pytest.approx((480 + 288) / 2048)


def test_labels_and_selection_follow_the_pixels_into_the_boxes():
    model = make(strong_view=SAME['strong_view'], cutmix=dict(prob=1., area=(0.2, 0.4)))
    images = torch.full((3, 3, 32, 32), -1.)
    for i, image in enumerate(images):
        image[i] = 1.  # image i is of class i
    samples = [sample((20, 32), labeled=False), *(sample(labeled=False) for _ in range(2))]
    images[0, :, 20:] = 0.5  # padding
    fix_teacher(model, lambda x: 10 * x)
    strong, target, selected = model.views(images, samples)
    padding = torch.isclose(strong, torch.tensor(0.5), atol=1e-5).all(1)
    assert padding[0].any() and torch.equal(selected, ~padding)
    assert torch.equal(target[selected], strong.argmax(1)[selected])
    assert all(len(x.unique()) == 2 for x in target)


@pytest.mark.parametrize('size', [16, 8])
def test_consistency_is_the_cross_entropy_summed_over_the_selected_and_divided_by_all_pixels(size):
    model = make()
    logits = (3 * torch.randn(2, 3, size, size)).requires_grad_()
    target, selected = torch.randint(3, (2, 16, 16)), torch.rand(2, 16, 16) < 0.4
    predictions = model.forward_predictions(torch.randn(2, 3, 32, 32))
    predictions.seg_outputs = (logits, *predictions.seg_outputs[1:])
    loss = model.consistency_loss(predictions, target, selected)
    z = F.interpolate(logits, (16, 16), mode='bilinear', align_corners=False).detach().double().numpy()
    log_probs = z - np.log(np.exp(z).sum(1, keepdims=True))
    total = sum(-log_probs[n, target[n, i, j], i, j] for n, i, j in selected.nonzero().tolist())
    assert loss.item() == pytest.approx(total / (2 * 16 * 16), rel=1e-5)
    loss.backward()
    if size == 16:
        assert torch.equal(logits.grad.abs().sum(1) > 0, selected)


def test_labels_are_the_teachers_on_the_weak_view():
    """The student does not label, and neither colors nor boxes change what the teacher sees."""
    model = make(strong_view=dict(jitter_prob=1.), cutmix=dict(prob=0.))
    steps(model, 2)
    perturb(model.backbone)
    images, samples = colored(0, 3)
    logits = model.teacher(images)
    strong, target, _ = model.views(images, samples)
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


def test_labeled_images_alone_give_the_supervised_losses_and_update_the_teacher():
    model = make()
    assert set(model.loss(*colored(2, 0))) == SUPERVISED
    assert model.teacher.step == 1


def test_one_unlabeled_image_is_mixed_with_none():
    model = make(strong_view=SAME['strong_view'], cutmix=dict(prob=1.))
    images, samples = colored(2, 1)
    assert torch.allclose(model.views(images[2:], samples[2:])[0], images[2:], atol=1e-5)
    assert set(model.loss(images, samples)) == SUPERVISED | TERMS | CONSISTENCY | {'unsup.weight'}


def test_a_batch_without_a_labeled_image_is_refused_and_does_not_count_as_a_step():
    model = make()
    with pytest.raises(ValueError, match='none of the 3 images of the batch is labeled'):
        model.loss(*colored(0, 3))
    assert model.teacher.step == 0


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


def test_auxiliary_heads_act_on_labeled_images():
    aux = dict(type='FCNHead', in_channels=8, in_index=2, channels=4, num_convs=1, num_classes=3, dropout_ratio=0)
    model = make(auxiliary_head=aux)
    images, samples = colored()
    losses = losses_of(model, images, samples)
    assert losses['aux.loss_ce'] > 0
    assert 'aux.loss_ce' in same(losses, losses_of(model, torch.cat([images[:2], -images[2:]]), samples))


@pytest.mark.parametrize('num_classes', [2, 150])
def test_number_of_classes(num_classes):
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
        torch.manual_seed(0)
        losses = model.loss(*data)
    for name, loss in losses.items():
        if 'acc' not in name:
            assert loss.dtype == torch.float32 and torch.allclose(loss, expected[name], rtol=0.1, atol=1e-3)
    model.parse_losses(losses)[0].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.requires_grad)


@pytest.mark.parametrize('options, message', [
    (dict(threshold=1.5), 'ConsistencySegmentor: threshold=1.5'),
    (dict(threshold=-0.1), 'ConsistencySegmentor: threshold=-0.1'),
    (dict(consistency_weight=-1), 'ConsistencySegmentor: consistency_weight=-1'),
    (dict(teacher=dict(decay=1)), 'teacher: decay=1'), (dict(cutmix=dict(prob=2)), 'CutMix: prob=2'),
    (dict(strong_view=dict(brightness=-1)), 'brightness'), (dict(unsup_weight=-0.1), 'unsup_weight=-0.1')], ids=str)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_shared_batch_statistics_are_refused():
    with pytest.raises(ValueError, match='batch_norm'):
        make(batch_norm='shared')


def test_a_preprocessor_that_does_not_normalize_is_refused():
    """The strong view needs the mean and the deviation to find the colors."""
    with pytest.raises(ValueError, match='mean'):
        make(data_preprocessor=dict(type='SegDataPreProcessor', size=(32, 32)))
