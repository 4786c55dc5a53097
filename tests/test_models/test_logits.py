# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Logits at another size, in float32."""
import torch
import torch.nn.functional as F

from mmseg_entmin.models.logits import resize_logits


def test_resize_in_float32():
    x = torch.randn(2, 3, 4, 4)
    for align_corners in (False, True):
        expected = F.interpolate(x, (9, 7), mode='bilinear', align_corners=align_corners)
        assert torch.equal(resize_logits(x, (9, 7), align_corners), expected)
    assert resize_logits(x.bfloat16(), (8, 8), False).dtype == torch.float32
    assert resize_logits(x, (4, 4), False) is x
