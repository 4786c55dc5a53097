# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Logits in a safe precision and at another size."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmseg_entmin._moved import moved_names

__getattr__ = moved_names(__name__)


def at_least_float32(x: Tensor) -> Tensor:
    """float16 and bfloat16 become float32; float32 and float64 stay."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def resize_logits(logits: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """Logits (N, C, h, w) resized to (H, W) bilinearly, in float32 or wider."""
    logits = at_least_float32(logits)
    if logits.shape[2:] == tuple(size):
        return logits
    return F.interpolate(logits, tuple(size), mode='bilinear', align_corners=align_corners)
