# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a decode head returns, as logits at the size of the images."""
from typing import Sequence, Union

import torch.nn.functional as F
from torch import Tensor

from .uncertainty import at_least_float32


def logits_of(outputs: Union[Tensor, Sequence[Tensor]]) -> Tensor:
    """The logits (N, C, h, w) among a head's outputs: all there is, or the first, as of an ``UncertaintyHead``."""
    return outputs if isinstance(outputs, Tensor) else outputs[0]


def upsample(logits: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """Logits (N, C, h, w) at a size (H, W), bilinear, in float32 or wider."""
    logits = at_least_float32(logits)
    if logits.shape[2:] == tuple(size):
        return logits
    return F.interpolate(logits, tuple(size), mode='bilinear', align_corners=align_corners)
