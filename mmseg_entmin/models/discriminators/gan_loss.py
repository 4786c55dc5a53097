# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The real input of a discriminator of segmentation maps, and the loss of its logits."""
import torch
import torch.nn.functional as F
from torch import Tensor

from ..logits import at_least_float32


def one_hot_labels(labels: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Labels (N, H, W) as probabilities (N, C, H, W); all zeros where a label is ignored or no class."""
    classes = torch.arange(num_classes, device=labels.device)[:, None, None]
    labels = labels[:, None]
    return ((labels == classes) & (labels != ignore_index)).float()


def gan_loss(logits: Tensor, target_is_real: bool, valid: Tensor | None = None) -> Tensor:
    """Mean binary cross entropy of a discriminator's logits with 1 (real) or 0 (fake), over ``valid``, bool or 0..1."""
    logits = at_least_float32(logits)
    loss = F.binary_cross_entropy_with_logits(
        logits, torch.full_like(logits, float(target_is_real)), reduction='none')
    return loss.mean() if valid is None else (loss * valid).sum() / valid.sum().clamp(min=1)
