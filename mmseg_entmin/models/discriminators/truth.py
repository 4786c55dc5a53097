# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What discriminators are shown as true, and their loss."""

import torch
import torch.nn.functional as F
from torch import Tensor


def one_hot(maps: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Labels (N, H, W) as probabilities (N, C, H, W): all zeros where a label is no class or ignored (void)."""
    classes = torch.arange(num_classes, device=maps.device)[:, None, None]
    maps = maps[:, None]
    return ((maps == classes) & (maps != ignore_index)).float()


def judged_as(logits: Tensor, real: bool, valid: Tensor | None = None) -> Tensor:
    """Binary cross entropy of a discriminator's logits with 1 (real) or 0, its mean over what is valid (all)."""
    loss = F.binary_cross_entropy_with_logits(
        logits.float(), torch.full_like(logits, float(real), dtype=torch.float), reduction='none')
    return loss.mean() if valid is None else (loss * valid).sum() / valid.sum().clamp(min=1)
