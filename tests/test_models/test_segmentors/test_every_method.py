# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The tester that every method passes, whatever it does with the unlabeled images.

The methods are found by the front matter of ``configs/*/README.md``, whose ``tests`` names the cases.
"""
import io

import pytest
import torch

from mmseg_entmin.models.views import PhotometricAugmentation
from tests.peers import (
    METHODS,
    OURS,
    PEERS,
    optim_wrapper,
    own_modules,
    own_optimizers,
    peer,
    peer_cfg,
    supervised_cfg,
)
from tests.synchronisation import NoSynchronisation
from tests.tiny import batch, build, grad_names, restored, same, sample

every_method = pytest.mark.parametrize('name', METHODS)
every_peer = pytest.mark.parametrize('name', PEERS)
TAUGHT = [name for name in METHODS if 'teacher' in METHODS[name].stores]
AUXILIARY = dict(
    type='FCNHead', in_channels=8, in_index=2, channels=4, num_convs=1, num_classes=3,
    loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True))


def train(model, wrapper, steps=1, labeled=2, unlabeled=2, seed=0) -> dict:
    """Training steps as MMEngine makes them; the last log."""
    for step in range(steps):
        torch.manual_seed(seed + step)
        images, samples = batch(labeled, unlabeled)
        with wrapper.optim_context(model):
            losses = model.loss(images, samples)
        total, log = model.parse_losses(losses)
        wrapper.update_params(total)
    return log


def gradients(model) -> dict:
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@every_method
def test_every_parameter_that_is_trained_gets_a_gradient_and_no_teacher_does(name):
    """Data-parallel training has no unused parameters to look for."""
    model = peer(name)
    model.parse_losses(model.loss(*batch()))[0].backward()
    for key, parameter in model.named_parameters():
        assert parameter.requires_grad == (parameter.grad is not None) == ('teacher.' not in key), key
        assert parameter.grad is None or parameter.grad.isfinite().all()
    averaged = name in TAUGHT or 'classifier' in own_modules(name)  # a classifier has a teacher of its own
    assert any('teacher.' in key for key, _ in model.named_parameters()) == averaged


@every_method
def test_the_modules_beside_the_network_are_those_of_the_front_matter(name):
    model, baseline = peer(name), build(supervised_cfg())
    modules = [{key.split('.')[0] for key, _ in network.named_parameters()} for network in (model, baseline)]
    assert modules[0] - modules[1] == own_modules(name)


@every_peer
def test_logits_come_from_a_peer_over_an_uncertainty_head_too(name):
    head = peer_cfg(name)['decode_head']
    model = peer(name, decode_head=dict(type='UncertaintyHead', head=head))
    model.parse_losses(model.loss(*batch()))[0].backward()
    assert model.eval()(torch.randn(1, 3, 32, 32), mode='tensor').shape == (1, 3, 32, 32)


def reached(name, prefix) -> dict:
    """The parameters that each loss whose name begins so reaches by itself, after two steps of training."""
    model = peer(name)
    train(model, optim_wrapper(model, name), steps=2)  # a teacher is no longer its student
    losses, got = model.loss(*batch()), {}
    for key in (key for key in losses if key.startswith(prefix)):
        model.zero_grad()
        losses[key].backward(retain_graph=True)
        got[key] = grad_names(model)
    assert got
    return got


@every_peer
def test_each_unsupervised_loss_trains_an_encoder_and_its_decoder_and_nothing_else(name):
    for key, names in reached(name, 'unsup.loss').items():
        parts = {'second'} if key == 'unsup.loss_second' else {
            'backbone', 'reconstruction_head' if name == 'MASSL' else 'decode_head'}
        assert {parameter.split('.')[0] for parameter in names} == parts, key
        assert any('backbone.encoder.' in parameter for parameter in names), key


@pytest.mark.parametrize('name, part', [(name, part) for name in METHODS for part in own_optimizers(name)])
def test_each_loss_of_a_submodule_trains_it_alone(name, part):
    for key, names in reached(name, f'{part}.loss').items():
        assert names and all(parameter.startswith(f'{part}.') for parameter in names), key


@every_peer
def test_weight_zero_is_the_supervised_baseline_in_losses_gradients_and_weights_after_a_step(name):
    model = peer(name, unsup_weight=0.)
    baseline = build(supervised_cfg()).train()
    shared = baseline.state_dict().keys() & model.state_dict().keys()
    assert shared == baseline.state_dict().keys()
    state = model.state_dict()
    baseline.load_state_dict({key: state[key] for key in shared})
    wrapper = optim_wrapper(model, name)
    torch.manual_seed(0)
    images, samples = batch()
    losses, expected = model.loss(images, samples), baseline.loss(images[:2], samples[:2])
    assert all(torch.equal(losses[key], value) for key, value in expected.items())
    assert all(value == 0 for key, value in losses.items() if key.startswith('unsup.loss'))
    model.parse_losses(losses)[0].backward()
    baseline.parse_losses(expected)[0].backward()
    ours = gradients(model)
    assert all(torch.equal(ours[key], value) for key, value in gradients(baseline).items())
    torch.optim.SGD(baseline.parameters(), lr=0.1, momentum=0.9).step()
    wrapper.step()
    assert all(torch.equal(model.get_parameter(key), p) for key, p in baseline.named_parameters())


@every_method
def test_weight_scales_the_losses_on_unlabeled_images_and_ramps_up(name):
    model = peer(name, unsup_weight=0.5)
    data = batch()

    def unsupervised(model):
        torch.manual_seed(0)
        with restored(model):
            return sum(value for key, value in model.loss(*data).items() if key.startswith('unsup.loss'))

    half = unsupervised(model)
    model.unsup_weight = 1.
    assert half > 0 and torch.allclose(unsupervised(model), 2 * half, rtol=1e-4)
    model.ramp_up.iters, model.ramp_up.form = 4, 'linear'
    assert unsupervised(model) == 0
    model.ramp_up.step += 2
    assert torch.allclose(unsupervised(model), half, rtol=1e-4)


@every_peer
def test_weight_shares_and_selection_are_logged_as_tensors(name):
    losses = peer(name).loss(*batch())
    assert losses['unsup.weight'].shape == ()
    shares = [losses[f'unsup.share_{c}'] for c in range(3)]
    assert sum(shares) == pytest.approx(1) and all(0 <= share <= 1 for share in shares)
    assert ('unsup.selected' in losses) == METHODS[name].selects
    assert 0 <= losses.get('unsup.selected', 0) <= 1
    assert all(isinstance(value, torch.Tensor) for value in losses.values())


@every_method
def test_a_step_never_waits_for_a_value_of_a_tensor(name, monkeypatch):
    model = peer(name, auxiliary_head=AUXILIARY)
    # torchvision draws on the host
    monkeypatch.setattr(PhotometricAugmentation, 'forward', lambda self, images, *args, **kwargs: images)
    images, samples = batch(2, 3)
    with NoSynchronisation():
        losses = model.loss(images, samples)
    assert 'unsup.weight' in losses and 'aux.loss_ce' in losses


@every_method
@pytest.mark.parametrize('channels, values', [(1, 1), (4, 4), (6, 1)])
def test_other_channels_than_three(name, channels, values):
    cfg = peer_cfg(name, data_preprocessor=dict(
        type='SegDataPreProcessor', mean=[120.] * values, std=[60.] * values, size=(32, 32)))
    for network in (cfg, *(part for part in cfg.values() if isinstance(part, dict) and 'backbone' in part)):
        network['backbone'] = dict(network['backbone'], in_channels=channels)
    model = build(cfg).train()
    _, samples = batch()
    images = torch.randint(256, (4, channels, 32, 32)).unbind()
    data = model.data_preprocessor(dict(inputs=images, data_samples=samples), training=True)
    losses = model.loss(**data)
    model.parse_losses(losses)[0].backward()
    assert all(value.isfinite().all() for value in losses.values())


@every_method
@pytest.mark.parametrize('num_classes', [2, 4, 150])
def test_number_of_classes(name, num_classes):
    model = peer(name, num_classes)
    model.parse_losses(model.loss(*batch(num_classes=num_classes)))[0].backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
    result, = model.eval().predict(torch.randn(1, 3, 32, 32))
    assert result.seg_logits.data.shape == (num_classes, 32, 32)


@every_method
def test_losses_are_finite_and_in_float32_under_autocast(name):
    model = peer(name)
    wrapper = optim_wrapper(model, name)
    with torch.autocast('cpu', torch.bfloat16), wrapper.optim_context(model):
        losses = model.loss(*batch())
    total, _ = model.parse_losses(losses)
    wrapper.update_params(total)
    assert all(value.dtype == torch.float32 and value.isfinite() for key, value in losses.items() if 'acc' not in key)
    assert all(p.isfinite().all() for p in model.parameters())


@every_method
def test_a_checkpoint_with_all_its_parts_resumes_identically(name):
    first, second = peer(name), peer(name)
    wrappers = optim_wrapper(first, name), optim_wrapper(second, name)
    train(first, wrappers[0], steps=2)
    file = io.BytesIO()
    torch.save(dict(model=first.state_dict(), optimizer=wrappers[0].state_dict()), file)
    file.seek(0)
    checkpoint = torch.load(file)
    second.load_state_dict(checkpoint['model'])
    wrappers[1].load_state_dict(checkpoint['optimizer'])
    for model, wrapper in zip((first, second), wrappers):
        train(model, wrapper, seed=5)
    states = first.state_dict(), second.state_dict()
    assert same(*states) == set(states[0])
    assert own_modules(name) <= {key.split('.')[0] for key in first.state_dict()}


@pytest.mark.parametrize('name', TAUGHT)
def test_a_teacher_is_updated_once_a_step_in_eval_mode_and_its_buffers_are_averaged_as_its_weights(name):
    model = peer(name, teacher=dict(decay=0.5))
    wrapper = optim_wrapper(model, name)
    students = []
    for step in range(3):
        students.append({key: value.clone().double() for key, value in model.state_dict().items()})
        train(model, wrapper, seed=step)
    assert model.teacher.step == 3 and not any(m.training for m in model.teacher.modules())
    for key, value in model.teacher.state_dict().items():
        if key == 'step':
            continue
        average = (students[0][key] / 2 + students[1][key] / 2) / 2 + students[2][key] / 2
        expected = students[2][key] if key.endswith('num_batches_tracked') else average
        assert torch.allclose(value.double(), expected, atol=1e-6), key


@every_method
def test_a_single_unlabeled_image_and_none(name):
    model = peer(name)
    losses = model.loss(*batch(2, 1, (64, 64)))
    model.parse_losses(losses)[0].backward()
    assert all(value.isfinite().all() for value in losses.values())
    supervised = {key for key in model.loss(*batch(2, 0)) if not key.startswith('cls.')}
    assert supervised == {'decode.loss_ce', 'decode.acc_seg'}
    with pytest.raises(ValueError, match='^none of the 2 images of the batch is labeled'):
        model.loss(*batch(0, 2))


@every_method
def test_labels_that_are_ignored_everywhere(name):
    model = peer(name)
    images, samples = batch()
    ignored = sample(labels=torch.full((1, 32, 32), 255))
    losses = model.loss(images, [ignored, ignored, *samples[2:]])
    model.parse_losses(losses)[0].backward()
    assert losses['decode.loss_ce'] == 0 and all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


@every_method
def test_the_predictor_predicts_at_test_time(name):
    model = peer(name).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if not key.startswith('teacher.'):
                parameter.add_(0.1)
    images = torch.randn(2, 3, 32, 32)
    assert (model.predictor is not model) == (METHODS[name].predicts == 'teacher')
    outputs = model.predictor.decode_head(model.predictor.backbone(images))
    outputs = outputs[0] if name in OURS else outputs  # logits and their variance
    assert torch.equal(model(images, mode='tensor'), outputs)
    if 'classifier' not in own_modules(name):  # which filters classes
        logits = torch.stack([result.seg_logits.data for result in model.predict(images)])
        assert torch.allclose(logits, outputs, atol=1e-5)


@every_method
def test_labeled_images_have_batch_statistics_of_their_own(name):
    images, samples = batch()
    model, losses = peer(name), []
    for x in (images, torch.cat([images[:2], images[2:] * 5 + 3])):
        torch.manual_seed(0)
        with restored(model):
            losses.append(model.loss(x, samples)['decode.loss_ce'])
    assert torch.equal(*losses)


@every_peer
def test_a_network_with_a_neck(name):
    network = dict(
        backbone=dict(type='ResNet', depth=18, base_channels=4),
        neck=dict(type='FPN', in_channels=[4, 8, 16, 32], out_channels=4, num_outs=4),
        decode_head=dict(type='FPNHead', in_channels=[4] * 4, in_index=[0, 1, 2, 3], channels=4, num_classes=3,
                         feature_strides=[4, 8, 16, 32], norm_cfg=dict(type='BN'),
                         loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True)))
    if name == 'MASSL':
        network['reconstruction_head'] = dict(in_channels=32, channels=(8, 4))
    model = peer(name, **network)
    model.parse_losses(model.loss(*batch(size=(64, 64))))[0].backward()
    assert not [key for key, p in model.named_parameters() if p.requires_grad and p.grad is None]


@every_peer
def test_a_refinement_that_nothing_reads_is_refused(name):
    with pytest.raises(ValueError, match=r"class_refinement={'threshold': 0.1}, in test_cfg only EntMin"):
        peer(name, test_cfg=dict(mode='whole', class_refinement=dict(threshold=0.1)))
    peer(name, test_cfg=dict(mode='whole', class_refinement=None))
