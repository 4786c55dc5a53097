# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A mean teacher (Tarvainen and Valpola 2017): the average of the student's weights over the training."""
import copy
from collections.abc import Sequence

import torch
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn

from .logits import logits_of
from .options import check_shares


class WeightAverage(nn.Module):
    """Averaged copies of some parts of a network; always in eval mode, never gets a gradient.

    theta' = a theta' + (1 - a) theta with a = min(1 - 1/(t + 1), decay), so that step t = 0 copies the student, with
    whatever weights it was initialized. A step is a forward: where gradients are accumulated over n of them, take the
    n-th root of the decay. Floating buffers (the batch norms' running statistics) are averaged with the same factor,
    integer ones copied. The step count is a buffer: it is saved and resumed, and needs no host synchronisation.

    Args:
        student: the network.
        parts: names of its children that are copied; those that it does not have are passed over.
        decay: upper bound of a, in 0..1 (1 excluded).

    Raises:
        ValueError: a decay out of its range.
    """

    def __init__(self, student: nn.Module, parts: Sequence[str], decay: float = 0.99) -> None:
        super().__init__()
        check_shares('teacher', excluded=1, decay=decay)
        self.decay = decay
        for name in parts:
            if getattr(student, name, None) is not None:
                setattr(self, name, copy.deepcopy(getattr(student, name)))
        self.register_buffer('step', torch.zeros((), dtype=torch.long))
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> 'WeightAverage':
        """Stays in eval mode."""
        return super().train(False)

    @torch.no_grad()
    def update(self, student: nn.Module) -> None:
        """One step of the average towards the student's present weights and buffers."""
        weight = (1 / (self.step + 1)).clamp(min=1 - self.decay)
        for name, part in self.named_children():
            tensors = part.state_dict(keep_vars=True).values()
            others = getattr(student, name).state_dict(keep_vars=True).values()
            for mine, new in zip(tensors, others):
                if mine.is_floating_point():
                    mine.lerp_(new.to(mine.dtype), weight.to(mine.dtype))
                else:
                    mine.copy_(new)
        self.step += 1


class Teacher(WeightAverage):
    """Averaged backbone, neck and decode head of a segmentor.

    Args:
        student: the segmentor.
        decay: see :class:`WeightAverage`.
    """

    PARTS = ('backbone', 'neck', 'decode_head')

    def __init__(self, student: EncoderDecoder, decay: float = 0.99) -> None:
        super().__init__(student, self.PARTS, decay)

    @torch.no_grad()
    def forward(self, inputs: Tensor) -> Tensor:
        """Mean logits (N, C, h, w) at logit resolution for images (N, 3, H, W), without a gradient."""
        return logits_of(self.decode_head, self.decode_head(self.features(inputs)))

    def features(self, inputs: Tensor) -> Sequence[Tensor]:
        """What the decode head reads: outputs of the backbone, or of the neck."""
        outputs = self.backbone(inputs)
        return self.neck(outputs) if hasattr(self, 'neck') else outputs
