# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The supervised losses equal mmseg's for all losses, samplers and sizes of the logits."""
import pytest
import torch

from mmseg_entmin.models.decode_heads.mmseg_losses import auxiliary_losses, head_loss, supervised_loss
from tests.tiny import batch, build, sample, unet_cfg

CE = dict(type='CrossEntropyLoss')


@pytest.mark.parametrize('loss', [
    dict(CE, avg_non_ignore=True), CE, dict(CE, avg_non_ignore=True, loss_weight=0.4),
    dict(CE, avg_non_ignore=True, use_sigmoid=True), dict(CE, class_weight=[1., 2., 3.]),
    [dict(CE, avg_non_ignore=True), dict(type='DiceLoss'), dict(CE, avg_non_ignore=True, loss_weight=2.)],
    dict(type='FocalLoss')])
@pytest.mark.parametrize('sampler', [None, dict(type='OHEMPixelSampler', thresh=0.7, min_kept=10)])
@pytest.mark.parametrize('size', [(16, 16), (8, 8)])
@pytest.mark.parametrize('ignored', ['some', 'all', 'none'])
def test_equals_mmseg(loss, sampler, size, ignored):
    if sampler and loss != dict(CE, avg_non_ignore=True):
        pytest.skip('mmseg weights a softmax cross entropy by pixels')
    head = build(dict(type='FCNHead', in_channels=4, channels=4, num_convs=0, concat_input=False, num_classes=3,
                      loss_decode=loss, sampler=sampler))
    labels = torch.randint(3, (2, 1, 16, 16))
    if ignored != 'none':
        labels[:, :, :16 if ignored == 'all' else 5] = 255
    samples = [sample(labels=label) for label in labels]
    results = []
    for function in (supervised_loss, type(head).loss_by_feat):
        logits = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0)).requires_grad_()
        try:
            losses = function(head, logits, samples)
        except Exception as error:  # noqa: B902  whatever mmseg refuses
            results.append((type(error), None))
            continue
        sum(value.sum() for name, value in losses.items() if 'loss' in name).backward()
        results.append((losses, logits.grad))
    (ours, grad), (theirs, expected) = results
    if expected is None:
        assert grad is None and ours == theirs
        return
    assert set(ours) == set(theirs) and all(torch.allclose(ours[name], theirs[name], rtol=1e-5) for name in theirs)
    assert torch.allclose(grad, expected, rtol=1e-4, atol=1e-8)


def test_the_loss_of_a_head_that_overrides_it_is_called():
    """STDCHead has a boundary loss. mmseg's loss of an FCNHead would wait for the device."""
    options = dict(in_channels=4, channels=4, num_classes=3, loss_decode=CE)
    own, plain = build(dict(options, type='STDCHead', boundary_threshold=0.1)), build(dict(options, type='FCNHead'))
    calls = []
    for head in (own, plain):
        head.loss_by_feat = lambda *args: calls.append(args) or {}
        head_loss(head, torch.zeros(1, 3, 4, 4), [sample((4, 4))])
    assert len(calls) == 1


@pytest.mark.parametrize('several', [False, True])
def test_auxiliary_heads_have_mmsegs_losses_and_names(several):
    head = dict(type='FCNHead', in_channels=8, in_index=2, channels=4, num_convs=1, num_classes=3, dropout_ratio=0.)
    net = build(unet_cfg(auxiliary_head=[head, dict(head, in_channels=16, in_index=1)] if several else head)).eval()
    images, samples = batch(2, 0)
    features = net.extract_feat(images)
    ours, theirs = auxiliary_losses(net, features, samples), net._auxiliary_head_forward_train(features, samples)
    assert set(ours) == set(theirs) and len(ours) == (4 if several else 2)
    assert all(torch.allclose(ours[name], theirs[name]) for name in theirs)
    assert auxiliary_losses(build(unet_cfg()), features, samples) == {}
