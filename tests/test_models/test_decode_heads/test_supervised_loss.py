# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The supervised losses are mmseg's, whatever the losses, the sampler and the size of the logits."""
import pytest
import torch

from mmseg_entmin.models.decode_heads.supervised_loss import head_loss, supervised_loss
from tests.tiny import build, sample

CE = dict(type='CrossEntropyLoss')


@pytest.mark.parametrize('loss', [
    dict(CE, avg_non_ignore=True), CE, dict(CE, avg_non_ignore=True, loss_weight=0.4),
    dict(CE, avg_non_ignore=True, use_sigmoid=True), dict(CE, class_weight=[1., 2., 3.]),
    [dict(CE, avg_non_ignore=True), dict(type='DiceLoss'), dict(CE, avg_non_ignore=True, loss_weight=2.)],
    dict(type='FocalLoss')])
@pytest.mark.parametrize('sampler', [None, dict(type='OHEMPixelSampler', thresh=0.7, min_kept=10)])
@pytest.mark.parametrize('size', [(16, 16), (8, 8)])
@pytest.mark.parametrize('void', ['some', 'all', 'none'])
def test_is_what_mmseg_computes(loss, sampler, size, void):
    if sampler and loss != dict(CE, avg_non_ignore=True):
        pytest.skip('mmseg weights a softmax cross entropy by pixels')
    head = build(dict(type='FCNHead', in_channels=4, channels=4, num_convs=0, concat_input=False, num_classes=3,
                      loss_decode=loss, sampler=sampler))
    labels = torch.randint(3, (2, 1, 16, 16))
    if void != 'none':
        labels[:, :, :16 if void == 'all' else 5] = 255
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


def test_a_head_with_a_loss_of_its_own_is_asked_for_it():
    """STDCHead's is of the boundaries; an FCNHead's would wait for the device."""
    options = dict(in_channels=4, channels=4, num_classes=3, loss_decode=CE)
    own, plain = build(dict(options, type='STDCHead', boundary_threshold=0.1)), build(dict(options, type='FCNHead'))
    asked = []
    for head in (own, plain):
        head.loss_by_feat = lambda *args: asked.append(args) or {}
        head_loss(head, torch.zeros(1, 3, 4, 4), [sample((4, 4))])
    assert len(asked) == 1
