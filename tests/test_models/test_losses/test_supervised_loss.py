# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The heads compute the supervised loss as it is defined (Eq. 2), in value and gradient."""
import pytest
import torch

from mmseg_entmin.models.cls_heads.uncertainty_cls_head import class_presence
from mmseg_entmin.models.losses import classification_loss, segmentation_loss
from tests.tiny import CE, build, sample

FCN = dict(type='FCNHead', in_channels=6, in_index=0, channels=6, num_convs=0, concat_input=False, num_classes=3,
           loss_decode=CE)


def value_and_gradients(loss, *inputs):
    """With the same noise for every call."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    torch.manual_seed(1)
    value = loss(*leaves)
    return value, *torch.autograd.grad(value, leaves)


def same(first, second, *inputs) -> bool:
    return all(torch.allclose(a, b, rtol=1e-4, atol=1e-7) for a, b in zip(
        value_and_gradients(first, *inputs), value_and_gradients(second, *inputs)))


@pytest.mark.parametrize('num_samples', [1, 3])
@pytest.mark.parametrize('size', [(8, 8), (4, 5)])
@pytest.mark.parametrize('ignored', ['some', 'none', 'all'])
def test_segmentation(num_samples, size, ignored):
    head = build(dict(type='UncertaintyHead', head=FCN, num_samples=num_samples))
    labels = torch.randint(3, (2, 1, 8, 8))
    labels[:, :, :dict(some=3, none=0, all=8)[ignored]] = 255
    samples = [sample((8, 8), labels=label) for label in labels]
    assert same(lambda mean, var: segmentation_loss(mean, var, labels[:, 0], num_samples),
                lambda mean, var: head.loss_by_feat((mean, var), samples)['loss_ce'],
                torch.randn(2, 3, *size), torch.rand(2, 3, *size) + 0.1)


@pytest.mark.parametrize('num_samples', [1, 3])
@pytest.mark.parametrize('activation', ['softmax', 'sigmoid'])
def test_classification(num_samples, activation):
    head = build(dict(type='UncertaintyClsHead', in_channels=6, num_classes=3, num_samples=num_samples,
                      activation=activation))
    samples = [sample((8, 8), labels=torch.full((1, 8, 8), label)) for label in (2, 255)] + [sample((8, 8))]
    presence = class_presence(samples, 3)
    assert presence.sum(dim=1).tolist() == [1, 0, 3]
    assert same(lambda mean, var: classification_loss(mean, var, presence, num_samples, activation),
                lambda mean, var: head.loss_by_feat(mean, var, samples)['loss'],
                torch.randn(3, 3), torch.rand(3, 3) + 0.1)
