# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The EMA teacher (Tarvainen and Valpola 2017): a copy of the student whose weights are averages over the training."""
import copy
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn

from .batch_norm import keep_running_statistics
from .decode_heads.head_logits import logits_of
from .module_states import training_mode
from .options import check_shares


class EMAModel(nn.Module):
    """Exponential moving averages of some children of a network; always in eval mode and without a gradient.

    theta' = a theta' + (1 - a) theta with a = min(1 - 1/(t + 1), decay), so that step t = 0 copies the student. A step
    is a training forward: with gradient accumulation over n forwards, take the n-th root of the decay. Floating buffers
    are averaged likewise, integer ones copied. The step count is a buffer: mmengine's ``MomentumAnnealingEMA``, which
    computes the same, reads it on the host, so that each update waits for the GPU.

    Args:
        parts: names of the student's children to average; names that it does not have are skipped.
        decay: upper bound of a, in 0..1, 1 excluded. Default 0.99.
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

    def train(self, mode: bool = True) -> 'EMAModel':
        """Stay in eval mode."""
        return super().train(False)

    @torch.no_grad()
    def update(self, student: nn.Module) -> None:
        """Move the averages one step towards the student's present weights and buffers."""
        weight = (1 / (self.step + 1)).clamp(min=1 - self.decay)  # 1 - a
        for name, part in self.named_children():
            averages = part.state_dict(keep_vars=True).values()
            present = getattr(student, name).state_dict(keep_vars=True).values()
            for average, new in zip(averages, present):
                if average.is_floating_point():
                    average.lerp_(new.to(average.dtype), weight.to(average.dtype))
                else:
                    average.copy_(new)
        self.step += 1


class EMATeacher(EMAModel):
    """Averages of a segmentor's backbone, neck and decode head, which predict logits themselves.

    A checkpoint of a network without a teacher can be trained on by ``load_from``, but its teacher cannot be tested.

    Args:
        student: the segmentor; until the first training step the teacher has its initial weights.
        decay: see ``EMAModel``. Default 0.99.
    """

    PARTS = ('backbone', 'neck', 'decode_head')

    def __init__(self, student: EncoderDecoder, decay: float = 0.99) -> None:
        super().__init__(student, self.PARTS, decay)

    @torch.no_grad()
    def forward(self, inputs: Tensor) -> Tensor:
        """Mean logits (N, C, h, w) at logit resolution for images (N, K, H, W), without a gradient."""
        maps = self.backbone(inputs)
        return logits_of(self.decode_head, self.decode_head(self.neck(maps) if hasattr(self, 'neck') else maps))

    @contextmanager
    def passes(self, training: bool) -> Iterator[None]:
        """Inside the context, with ``training``, it has dropout and batch statistics, and keeps its running ones."""
        with ExitStack() as modes:
            if training:
                modes.enter_context(training_mode(self.modules(), training=True))
                modes.enter_context(keep_running_statistics(self))
            yield
