# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Logits of any head, at any size."""
import torch
import torch.nn.functional as F

from mmseg_entmin.models.logits import logits_of, upsample


def test_the_first_of_several_outputs_are_the_logits():
    x = torch.randn(2, 3, 4, 4)
    assert logits_of(x) is x and logits_of((x, x + 1)) is x


def test_upsample_in_float32():
    x = torch.randn(2, 3, 4, 4)
    for align_corners in (False, True):
        expected = F.interpolate(x, (9, 7), mode='bilinear', align_corners=align_corners)
        assert torch.equal(upsample(x, (9, 7), align_corners), expected)
    assert upsample(x.bfloat16(), (8, 8), False).dtype == torch.float32
    assert upsample(x, (4, 4), False) is x
