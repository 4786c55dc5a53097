# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Losses and their gradients by image kind, batch statistics, refinement at test time, and refusals."""
import copy

import pytest
import torch

from mmseg_entmin.models.losses import UnsupervisedLoss
from tests.tiny import batch, build, grad_names, sample, unet_cfg

TERMS = {
    'unsup.loss_feature_gradient': dict(type='FeatureGradientLoss'),
    'unsup.loss_sharpening': dict(type='AdaptiveSharpeningLoss'),
    'unsup.loss_class_consistency': dict(type='ClassConsistencyLoss'),
}


def test_names_and_sum_of_the_losses():
    model = build(unet_cfg())
    losses = model.loss(*batch())
    assert set(losses) == {'decode.loss_ce', 'decode.acc_seg', 'cls.loss', 'cls.miss_rate', 'cls.called_absent',
                           'unsup.weight', *TERMS}
    total, log = model.parse_losses(losses)
    assert total.item() == pytest.approx(sum(v.item() for k, v in losses.items() if 'loss' in k))
    assert log['unsup.weight'].item() == pytest.approx(0.1)


@pytest.mark.parametrize('name', TERMS)
def test_every_term_alone_reaches_what_it_should_and_nothing_else(name):
    model = build(unet_cfg(unsupervised_losses=[TERMS[name]]))
    model.loss(*batch())[name].backward()
    got = grad_names(model)
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
    assert not any('variance' in parameter for parameter in got)  # the target's temperature has no gradient
    assert any(parameter.startswith('backbone.encoder') for parameter in got)
    reaches_decoder = any(parameter.startswith(('backbone.decoder', 'decode_head')) for parameter in got)
    assert reaches_decoder == (name != 'unsup.loss_feature_gradient')
    assert any(parameter.startswith('cls_head') for parameter in got) == (name == 'unsup.loss_class_consistency')


@pytest.mark.parametrize('threshold, share', [(None, 0.), (0.3, 0.), (0.4, 1.)])
def test_classes_are_missed_by_the_threshold_of_class_consistency(threshold, share):
    model = build(unet_cfg(unsupervised_losses=[dict(type='ClassConsistencyLoss', threshold=threshold)]))
    for parameter in model.cls_head.conv_mean.parameters():
        torch.nn.init.zeros_(parameter)  # p_c = 1 / 3
    assert model.loss(*batch())['cls.miss_rate'].item() == share


class VarianceLoss(UnsupervisedLoss):
    """As one's own may be: it teaches the variance."""

    loss_name = 'loss_variance'

    def forward(self, predictions):
        return predictions.seg_var.mean()


@pytest.mark.parametrize('mode', ['one', 'two'])
def test_a_loss_that_asks_for_it_reaches_the_variance_and_else_nothing_is_computed_for_it(mode):
    model = build(unet_cfg(forward_mode=mode))
    convolution, passes = model.decode_head.head.conv_seg.variance, []
    convolution.register_forward_hook(lambda _, inputs, output: passes.append(output.requires_grad))
    model.loss(*batch())
    assert passes == ([True] if mode == 'one' else [True, False])
    model.unsupervised_losses.append(VarianceLoss())
    passes.clear()
    model.loss(*batch())['unsup.loss_variance'].backward()
    assert all(passes) and convolution.weight.grad.abs().sum() > 0


def test_unsupervised_losses_come_from_unlabeled_images_alone_and_supervised_from_labeled():
    model = build(unet_cfg())
    images, samples = batch()
    images.requires_grad_()
    losses = model.loss(images, samples)
    for name, loss in losses.items():
        if 'loss' not in name:
            continue
        grad = torch.autograd.grad(loss, images, retain_graph=True)[0].flatten(1).abs().sum(1) > 0
        assert grad.tolist() == ([False, False, True, True] if name.startswith('unsup') else [True, True, False, False])


def test_the_order_of_the_images_does_not_matter():
    model = build(unet_cfg(unsupervised_losses=list(TERMS.values()))).train()
    images, samples = batch(2, 3)
    order = [2, 0, 3, 1, 4]
    torch.manual_seed(0)
    sorted_losses = copy.deepcopy(model).loss(images, samples)
    torch.manual_seed(0)
    mixed_losses = model.loss(images[order], [samples[i] for i in order])
    assert all(torch.allclose(sorted_losses[k], mixed_losses[k], rtol=1e-4) for k in sorted_losses)


def test_no_parameter_of_the_control_is_left_without_gradient():
    """Data-parallel training has no unused parameters to look for."""
    model = build(unet_cfg(unsupervised_losses=[]))
    model.parse_losses(model.loss(*batch()))[0].backward()
    assert all(p.grad is not None for p in model.parameters())


def test_separate_statistics_keep_the_labeled_activations_apart():
    images, samples = batch()
    other = torch.cat([images[:2], images[2:] * 5 + 3])
    for batch_norm, same in (('separate', True), ('shared', False)):
        model = build(unet_cfg(batch_norm=batch_norm)).train()
        model.decode_head.head.dropout = None
        torch.manual_seed(0)
        one = model.loss(images, samples)['decode.loss_ce']
        torch.manual_seed(0)
        assert (one == model.loss(other, samples)['decode.loss_ce']).item() == same


def test_a_labeled_batch_is_normalized_as_one_after_a_mixed_batch_too():
    model, labeled = build(unet_cfg()).train(), batch(4, 0)
    fresh = copy.deepcopy(model)
    model.loss(*batch())
    losses = []
    for network in (model, fresh):
        torch.manual_seed(0)
        losses.append(network.loss(*labeled)['decode.loss_ce'])
    assert torch.equal(*losses)


def test_weight_zero_leaves_the_supervised_gradient():
    model = build(unet_cfg(unsup_weight=0.)).train()
    control = copy.deepcopy(model)
    control.unsupervised_losses = torch.nn.ModuleList()
    images, samples = batch()
    for network in (model, control):
        torch.manual_seed(0)
        network.parse_losses(network.loss(images, samples))[0].backward()
    assert all(torch.allclose(a.grad, b.grad, atol=1e-7) for a, b in zip(model.parameters(), control.parameters()))


def test_a_loss_is_scaled_by_its_own_weight():
    two = [dict(type='EntropyLoss'), dict(type='EntropyLoss', loss_weight=0.5, loss_name='loss_half')]
    losses = build(unet_cfg(unsupervised_losses=two)).loss(*batch())
    assert 0 < losses['unsup.loss_half'] == losses['unsup.loss_entropy'] / 2


def test_ramp_up_scales_lambda():
    model = build(unet_cfg(ramp_up=dict(iters=2, form='linear')))
    weights = [model.loss(*batch())['unsup.weight'].item() for _ in range(4)]
    assert weights == pytest.approx([0., 0.05, 0.1, 0.1])
    assert model.state_dict()['ramp_up.step'] == 4


def test_labeled_images_alone_give_the_supervised_losses():
    assert set(build(unet_cfg()).loss(*batch(2, 0))) == {
        'decode.loss_ce', 'decode.acc_seg', 'cls.loss', 'cls.miss_rate', 'cls.called_absent'}


def test_a_batch_without_a_labeled_image_is_refused():
    with pytest.raises(ValueError, match='none of the 3 images of the batch is labeled; train_dataloader.batch_size'):
        build(unet_cfg()).loss(*batch(0, 3))


def test_labels_that_are_all_ignored_train_on_the_unlabeled_images():
    model = build(unet_cfg())
    ignored = torch.full((1, 32, 32), 255)
    images, samples = batch(2, 2)
    losses = model.loss(images, [sample(labels=ignored), sample(labels=ignored), *samples[2:]])
    model.parse_losses(losses)[0].backward()
    assert losses['decode.loss_ce'].item() == losses['cls.loss'].item() == 0
    assert all(p.grad.isfinite().all() for p in model.parameters())


def test_many_classes():
    num_classes = 150
    model = build(unet_cfg(num_classes))
    losses = model.loss(*batch(num_classes=num_classes))
    model.parse_losses(losses)[0].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    assert model.eval().predict(torch.randn(1, 3, 32, 32))[0].seg_logits.data.shape == (num_classes, 32, 32)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_losses_are_finite_and_close_to_float32_under_autocast(dtype):
    model = build(unet_cfg()).train()
    model.decode_head.head.dropout = None
    images, samples = batch()
    torch.manual_seed(0)
    expected = model.loss(images, samples)
    with torch.autocast('cpu', dtype):
        torch.manual_seed(0)
        losses = model.loss(images, samples)
    for name, loss in losses.items():
        if 'acc' not in name and name not in ('cls.miss_rate', 'cls.called_absent'):  # shares jump
            assert loss.dtype == torch.float32 and torch.allclose(loss, expected[name], rtol=0.1, atol=1e-3)
    model.parse_losses(losses)[0].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())


def test_prediction_is_the_mean_and_repeats():
    model = build(unet_cfg()).eval()
    images = torch.randn(2, 3, 32, 32)
    first, second = model.predict(images), model.predict(images)
    assert torch.equal(first[0].seg_logits.data, second[0].seg_logits.data)
    assert torch.equal(model(images, mode='tensor'), model.forward_predictions(images).seg_mean)


@pytest.mark.parametrize('test_cfg', [
    dict(mode='whole'), dict(mode='slide', crop_size=(32, 32), stride=(16, 16))])
def test_refinement_masks_classes_in_whole_and_sliding_testing(test_cfg):
    model = build(unet_cfg(test_cfg=dict(test_cfg, class_refinement=dict(threshold=0.2)))).eval()
    plain = build(unet_cfg(test_cfg=test_cfg)).eval()
    plain.load_state_dict(model.state_dict())
    with torch.no_grad():
        for network in (model, plain):
            network.cls_head.conv_mean.weight.zero_()
            network.cls_head.conv_mean.bias.copy_(torch.tensor([0., 5., -5.]))
    images = torch.randn(2, 3, 48, 40) if test_cfg['mode'] == 'slide' else torch.randn(2, 3, 48, 48)
    make = lambda: [sample(images.shape[2:], labeled=False) for _ in images]  # noqa: E731
    for refined, expected in zip(model.predict(images, make()), plain.predict(images, make())):
        logits = refined.seg_logits.data
        assert torch.equal(logits[:2], expected.seg_logits.data[:2])  # background is kept, class 1 is present
        assert (logits[2] == -torch.inf).all() and not logits.isnan().any()
        assert torch.equal(refined.pred_sem_seg.data[0], logits.argmax(0)) and (refined.pred_sem_seg.data != 2).all()


def test_a_class_is_as_present_as_in_the_window_that_shows_it_best():
    model = build(unet_cfg(test_cfg=dict(mode='slide', crop_size=(32, 32), stride=(16, 16),
                                         class_refinement=dict(threshold=0.2)))).eval()
    windows = torch.tensor([[[9., 0., 0.]], [[0., 0., 9.]], [[9., 0., 0.]], [[9., 0., 0.]]])
    means = iter(windows)
    model.cls_head.forward = lambda features: (next(means), None)
    result, = model.predict(torch.randn(1, 3, 48, 48))
    kept = result.seg_logits.data.isfinite()
    assert kept.flatten(1).all(1).tolist() == [True, False, True] and not kept[1].any()


def test_auxiliary_heads_act_on_labeled_images():
    aux = dict(type='FCNHead', in_channels=8, in_index=2, channels=4, num_convs=1, num_classes=3)
    losses = build(unet_cfg(auxiliary_head=aux)).loss(*batch())
    assert losses['aux.loss_ce'].isfinite()


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match='unsup_weight=-0.1'):
        build(unet_cfg(unsup_weight=-0.1))
    with pytest.raises(ValueError, match="batch_norm='apart'.*'separate', 'shared'"):
        build(unet_cfg(batch_norm='apart'))
    with pytest.raises(ValueError, match="running_statistics='mine'.*'both', 'labeled', 'unlabeled'"):
        build(unet_cfg(running_statistics='mine'))
    with pytest.raises(ValueError, match="EntMin: running_statistics='labeled', needs batch_norm='separate'"):
        build(unet_cfg(running_statistics='labeled', batch_norm='shared'))
    with pytest.raises(ValueError, match="EntMin: running_statistics='unlabeled', needs batch_norm='separate'"):
        build(unet_cfg(running_statistics='unlabeled', batch_norm='shared'))
    checkpointed = unet_cfg(running_statistics='labeled', forward_mode='two')
    checkpointed['backbone']['with_cp'] = True
    with pytest.raises(ValueError, match="forward_mode='two', with backbone.with_cp.*set forward_mode='auto'"):
        build(checkpointed)
    with pytest.raises(ValueError, match="unsupervised_losses: loss_name='loss_entropy', used twice; set "):
        build(unet_cfg(unsupervised_losses=[dict(type='EntropyLoss'), dict(type='EntropyLoss', normalize=False)]))
    plain = dict(unet_cfg(), decode_head=unet_cfg()['decode_head']['head'])
    with pytest.raises(TypeError, match="decode_head is a FCNHead, it must be dict.type='UncertaintyHead'"):
        build(plain)
    other = dict(unet_cfg(), cls_head=unet_cfg(5)['cls_head'])
    with pytest.raises(ValueError, match='cls_head.num_classes=5, but decode_head has num_classes=3; give both'):
        build(other)
    for background in (3, -1):
        with pytest.raises(ValueError, match=f'class_refinement: background={background}, must be a class, in 0..2'):
            build(unet_cfg(test_cfg=dict(class_refinement=dict(threshold=0.1, background=background))))
    assert build(unet_cfg(test_cfg=dict(class_refinement=dict(threshold=0.1, background=None)))).class_refinement
    with pytest.raises(TypeError, match='threshold'):
        build(unet_cfg(test_cfg=dict(class_refinement=dict())))
