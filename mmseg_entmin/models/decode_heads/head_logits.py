# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The logits among the outputs of any decode head."""
from collections.abc import Sequence

from mmseg.models.decode_heads import DAHead, DDRHead, EncHead, IterativeDecodeHead, PIDHead
from torch import Tensor, nn

from .uncertainty_head import UncertaintyHead

# Heads that return several outputs in training, with the index of the one that they predict with at test time.
PREDICTING = {UncertaintyHead: 0, DAHead: 0, DDRHead: 0, EncHead: 0, PIDHead: 1, IterativeDecodeHead: -1}


def logits_of(head: nn.Module, outputs: Tensor | Sequence[Tensor]) -> Tensor:
    """The logits (N, C, h, w) that a head predicts with at test time; a ValueError if it is not in ``PREDICTING``."""
    if isinstance(outputs, Tensor):
        return outputs
    for kind, place in PREDICTING.items():
        if isinstance(head, kind):
            return outputs[place]
    raise ValueError(f'decode_head.type={type(head).__name__} returns {len(outputs)} outputs, and it is not known '
                     'which one it predicts with; use a head that returns its logits alone, or one of '
                     f'{", ".join(kind.__name__ for kind in PREDICTING)}')
