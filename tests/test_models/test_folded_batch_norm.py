# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Folding changes no output, and leaves what it cannot fold."""
import pytest
import timm
import torch
from mmengine.model import revert_sync_batchnorm
from torch import nn

from mmseg_entmin.models.folded_batch_norm import fold_batch_norms


class Shared(nn.Module):
    """Three convolutions: one that another part reads too, one that runs twice, and one whose order is turned."""

    def __init__(self):
        super().__init__()
        self.norm_first, self.first = nn.BatchNorm2d(4), nn.Conv2d(3, 4, 3, padding=1)
        self.read_twice, self.norm_second = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)
        self.runs_twice, self.norm_third = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)

    def forward(self, x):
        x = self.norm_first(self.first(x))
        y = self.read_twice(x)
        x = self.norm_second(y).relu() + y
        return self.norm_third(self.runs_twice(self.runs_twice(x)))


def with_statistics(model):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 2)
            module.bias.data.normal_()
    return model.eval()


def norms(model):
    return sum(isinstance(module, nn.BatchNorm2d) for module in model.modules())


@torch.no_grad()
@pytest.mark.parametrize('name, folded, left', [
    ('shared', 1, 2), ('tf_efficientnet_lite0', 49, 0), ('resnet18', 20, 0)])
def test_outputs_stay(name, folded, left):
    model = with_statistics(Shared() if name == 'shared' else timm.create_model(name, pretrained=False))
    images = torch.randn(1, 3, 64, 64)
    before = model(images)
    assert (fold_batch_norms(model, lambda: model(images)), norms(model)) == (folded, left)
    torch.testing.assert_close(model(images), before, rtol=1e-3, atol=1e-3 * before.abs().max().item())


@torch.no_grad()
def test_a_convolution_that_uses_its_weights_otherwise_is_left_alone():
    class Scaled(nn.Conv2d):
        def forward(self, x):
            return self._conv_forward(x, self.weight / self.weight.norm(), self.bias)

    model = with_statistics(nn.Sequential(Scaled(3, 4, 1), nn.BatchNorm2d(4)))
    images = torch.randn(1, 3, 8, 8)
    before, weight = model(images), model[0].weight
    assert fold_batch_norms(model, lambda: model(images)) == 0
    assert model[0].weight is weight and torch.equal(model(images), before)


@torch.no_grad()
def test_a_batch_norm_in_training_mode_stays():
    model = with_statistics(nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)))
    model[1].train()
    assert fold_batch_norms(model, lambda: model(torch.randn(2, 3, 8, 8))) == 0 and norms(model) == 1


@torch.no_grad()
def test_synchronised_norms_are_folded_as_the_inferencer_makes_them_plain():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.SyncBatchNorm(4), nn.ReLU(), nn.Conv2d(4, 2, 1), nn.SyncBatchNorm(2))
    model = revert_sync_batchnorm(model).eval()
    images = torch.randn(1, 3, 8, 8)
    before = model(images)
    assert fold_batch_norms(model, lambda: model(images)) == 2
    torch.testing.assert_close(model(images), before)
