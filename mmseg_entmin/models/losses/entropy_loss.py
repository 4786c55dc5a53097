# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Plain entropy minimization (Grandvalet and Bengio 2005), the control of adaptive sharpening."""
import math

from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..logits import at_least_float32
from ..valid_pixels import valid_mean
from .fused import entropy
from .predictions import SemiPredictions
from .unsupervised_loss import UnsupervisedLoss


def entropy_loss(seg_mean: Tensor, normalize: bool = True, valid: Tensor | None = None) -> Tensor:
    """Mean over images and pixels of - sum_c p_c ln p_c, p = softmax(mu), in float32 or wider; 0 without pixels.

    Args:
        seg_mean: mu (N, C, h, w), logits, any floating type.
        normalize: divide by ln C, C > 1, so that the value is in 0..1 (ADVENT's form, Vu et al. 2019). Default True.
        valid: (N, 1, h, w), bool, the pixels of the mean. Default: all.
    """
    log_probs = at_least_float32(seg_mean).log_softmax(dim=1)
    loss = valid_mean(-(log_probs.exp() * log_probs).sum(dim=1, keepdim=True), valid)
    return loss / math.log(seg_mean.shape[1]) if normalize else loss


@MODELS.register_module()
class EntropyLoss(UnsupervisedLoss):
    """Shannon entropy of the prediction: ``entropy_loss`` as a component.

    Args:
        normalize: divide by ln C. Default True.
        **kwargs: see ``UnsupervisedLoss``.
    """

    loss_name = 'loss_entropy'
    variance_grad = False

    def __init__(self, normalize: bool = True, **kwargs) -> None:
        super().__init__(**kwargs)
        self.normalize = normalize

    def forward(self, predictions: SemiPredictions) -> Tensor:
        loss = entropy(predictions.seg_mean, predictions.seg_valid)
        return loss / math.log(predictions.seg_mean.shape[1]) if self.normalize else loss
