# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""mmseg's cross entropy with class weights against PyTorch's, and its data preprocessor for any number of channels."""
import inspect

import pytest
import torch
from mmseg.models import SegDataPreProcessor
from torch.nn import functional as F

from mmseg_entmin.models import ClassMixPreProcessor
from tests.tiny import build, sample

WEIGHTS = [1., 2., 3.]


def batch(ignored: bool = True) -> tuple:
    logits = torch.randn(2, 3, 5, 7, requires_grad=True)
    labels = torch.randint(0, 3, (2, 5, 7))
    if ignored:
        labels[0, :2] = 255
    return logits, labels


@pytest.mark.parametrize('avg_non_ignore', [True, False])
@pytest.mark.parametrize('ignored', [True, False])
def test_softmax_is_pytorchs_weighted_mean_over_valid_pixels(avg_non_ignore, ignored):
    loss = build(dict(type='CrossEntropyLoss', class_weight=WEIGHTS, avg_non_ignore=avg_non_ignore))
    logits, labels = batch(ignored)
    mine = loss(logits, labels, ignore_index=255)
    theirs = F.cross_entropy(logits, labels, weight=torch.tensor(WEIGHTS), ignore_index=255)
    assert mine.item() == pytest.approx(theirs.item(), rel=1e-6)
    assert torch.allclose(*(torch.autograd.grad(value, logits)[0] for value in (mine, theirs)), atol=1e-7)


def test_weights_of_ones_are_no_weights():
    logits, labels = batch()
    ones, none = (build(dict(type='CrossEntropyLoss', avg_non_ignore=True, **options))
                  for options in (dict(class_weight=[1., 1., 1.]), {}))
    assert ones(logits, labels, ignore_index=255).item() == pytest.approx(
        none(logits, labels, ignore_index=255).item(), rel=1e-6)


@pytest.mark.parametrize('width', [7, 3])  # 3: as many columns as classes
def test_sigmoid_weights_the_positive_pixels_of_each_channel(width):
    loss = build(dict(type='CrossEntropyLoss', use_sigmoid=True, class_weight=WEIGHTS, avg_non_ignore=True))
    logits, labels = (part[..., :width] for part in batch())
    valid = (labels != 255)[:, None].expand_as(logits)
    target = F.one_hot(labels.where(labels != 255, 0), 3).permute(0, 3, 1, 2).float()
    theirs = F.binary_cross_entropy_with_logits(
        logits, target, pos_weight=torch.tensor(WEIGHTS).view(3, 1, 1), reduction='none')[valid].mean()
    assert loss(logits, labels, ignore_index=255).item() == pytest.approx(theirs.item(), rel=1e-6)


@pytest.mark.parametrize('options', [{}, dict(use_sigmoid=True), dict(reduction='sum')])
def test_without_weights_the_loss_is_mmsegs(options):
    loss = build(dict(type='CrossEntropyLoss', avg_non_ignore=True, **options))
    logits, labels = batch()
    valid = labels != 255
    if options.get('use_sigmoid'):
        target = F.one_hot(labels.where(valid, 0), 3).permute(0, 3, 1, 2).float()
        each = F.binary_cross_entropy_with_logits(logits, target, reduction='none')
        theirs = each[valid[:, None].expand_as(each)].mean()
    else:
        theirs = F.cross_entropy(logits, labels, ignore_index=255, reduction=options.get('reduction', 'mean'))
    assert loss(logits, labels, ignore_index=255).item() == pytest.approx(theirs.item(), rel=1e-6)


@pytest.mark.parametrize('kind', [SegDataPreProcessor, ClassMixPreProcessor])
@pytest.mark.parametrize('channels', [1, 2, 3, 4, 7])
def test_each_channel_has_its_mean_and_std(kind, channels):
    mean, std = [10. * c for c in range(channels)], [c + 1. for c in range(channels)]
    preprocessor = kind(mean=mean, std=std, size=(8, 8))
    assert preprocessor.mean.shape == preprocessor.std.shape == (channels, 1, 1) and not preprocessor.state_dict()
    image = torch.randint(256, (channels, 8, 8))
    data = dict(inputs=[image], data_samples=[sample((8, 8))])
    result = preprocessor(data, training=True)['inputs'][0]
    expected = torch.stack([(x - m) / s for x, m, s in zip(image.float(), mean, std)])
    assert torch.equal(result, expected)


def test_it_moves_and_keeps_its_signature():
    preprocessor = SegDataPreProcessor(mean=[1] * 4, std=[2.] * 4).to(torch.float64)
    assert preprocessor.std.dtype == torch.float64 and 'bgr_to_rgb' in inspect.signature(SegDataPreProcessor).parameters


@pytest.mark.parametrize('options', [dict(mean=[1.] * 4), dict(std=[1.] * 4), dict(mean=[1.] * 4, std=[1.] * 3)])
def test_a_mean_without_its_std_is_refused(options):
    with pytest.raises(ValueError, match='give a value of each for every channel'):
        SegDataPreProcessor(**options)
