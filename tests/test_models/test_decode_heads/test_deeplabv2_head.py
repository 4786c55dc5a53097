# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""All four branches of DeepLabv2 count."""
import torch
import torch.nn.functional as F

from tests.tiny import CE, build


def head(**options):
    return build(dict(type='DeepLabV2Head', in_channels=8, in_index=1, num_classes=4, loss_decode=CE, **options))


def test_is_the_sum_of_four_dilated_convolutions():
    model = head()
    x = torch.randn(2, 8, 20, 24)
    expected = sum(
        F.conv2d(x, branch.weight, branch.bias, padding=d, dilation=d)
        for d, branch in zip((6, 12, 18, 24), model.conv_seg.branches))
    assert torch.allclose(model([None, x]), expected, atol=1e-5)


def test_every_branch_learns():
    model = head()
    model([None, torch.randn(2, 8, 30, 30)]).square().mean().backward()
    assert len(model.conv_seg.branches) == 4
    assert all(branch.weight.grad.abs().sum() > 0 for branch in model.conv_seg.branches)


def test_has_the_parameters_of_the_paper_and_its_initialization():
    model = build(dict(type='DeepLabV2Head', in_channels=2048, num_classes=21, loss_decode=CE))
    assert sum(p.numel() for p in model.parameters()) == 4 * (9 * 2048 * 21 + 21)
    model.init_weights()
    assert all(abs(b.weight.std().item() - 0.01) < 1e-3 and not b.bias.any() for b in model.conv_seg.branches)
