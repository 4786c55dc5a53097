# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a decode head returns, as logits at the size of the images."""
from collections.abc import Sequence

import torch.nn.functional as F
from mmseg.models.decode_heads import DAHead, DDRHead, EncHead, IterativeDecodeHead, PIDHead
from torch import Tensor, nn

from .decode_heads import UncertaintyHead
from .uncertainty import at_least_float32

# Of the heads that return several outputs in training, which one they predict by at test time.
PREDICTING = {UncertaintyHead: 0, DAHead: 0, DDRHead: 0, EncHead: 0, PIDHead: 1, IterativeDecodeHead: -1}


def logits_of(head: nn.Module, outputs: Tensor | Sequence[Tensor]) -> Tensor:
    """The logits (N, C, h, w) among what a decode head's forward returned: those it predicts by at test time.

    Raises:
        ValueError: several outputs of a head of which it is not known which one that is.
    """
    if isinstance(outputs, Tensor):
        return outputs
    for kind, place in PREDICTING.items():
        if isinstance(head, kind):
            return outputs[place]
    raise ValueError(f'decode_head.type={type(head).__name__} returns {len(outputs)} outputs, and it is not known by '
                     f'which one it predicts; use a head that returns its logits alone, or one of '
                     f'{", ".join(kind.__name__ for kind in PREDICTING)}')


def upsample(logits: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """Logits (N, C, h, w) at a size (H, W), bilinear, in float32 or wider."""
    logits = at_least_float32(logits)
    if logits.shape[2:] == tuple(size):
        return logits
    return F.interpolate(logits, tuple(size), mode='bilinear', align_corners=align_corners)
