# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Class consistency (paper, Eq. 9)."""
from torch import Tensor

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS

from ..logits import at_least_float32
from ..options import check_choice
from ..uncertainty import ACTIVATIONS, class_probabilities
from ..valid_pixels import valid_mean
from .predictions import SemiPredictions
from .unsupervised_loss import UnsupervisedLoss


def class_consistency_loss(seg_mean: Tensor, cls_mean: Tensor, threshold: float | None = None,
                           activation: str = 'softmax', detach_classification: bool = False,
                           valid: Tensor | None = None, seg_probs: Tensor | None = None) -> Tensor:
    """L_k = 1/|{c: p_c < beta}| sum_{c: p_c < beta} p_c mean_i p_i[c], for each image, mean over the images (Eq. 9).

    A class that the classification predicts to be absent should not be segmented. An image in which no class is below
    beta adds 0. The result is in float32 or wider.

    Args:
        seg_mean: mu_s (N, C, h, w), logits, any floating type; p_i = softmax(mu_s) at pixel i.
        cls_mean: mu_c (N, C), logits; p_c = a_c(mu_c) with the ``activation`` a_c, 'softmax' (default) or 'sigmoid'.
        threshold: beta, in 0..1. Default: 1 / C.
        detach_classification: no gradient through p_c. Default False, the paper's.
        valid: (N, 1, h, w), bool, the pixels i of the mean. Default: all.
        seg_probs: mean_i p_i of each image, (N, C), where it is known already.
    """
    check_choice('class_consistency_loss', 'activation', activation, ACTIVATIONS)
    cls_probs = class_probabilities(cls_mean, activation)
    cls_probs = cls_probs.detach() if detach_classification else cls_probs
    if seg_probs is None:
        seg_probs = valid_mean(at_least_float32(seg_mean).softmax(dim=1), valid, dim=(2, 3))
    absent = cls_probs < (1 / cls_mean.shape[1] if threshold is None else threshold)
    loss_per_image = (absent * cls_probs * seg_probs).sum(dim=1) / absent.sum(dim=1).clamp(min=1)
    return loss_per_image.sum() / max(1, len(cls_mean))


@MODELS.register_module()
class ClassConsistencyLoss(UnsupervisedLoss):
    """``class_consistency_loss`` as a component; the activation a_c is that of the classification head.

    Args:
        threshold: beta, in 0..1. Default: None, 1 / C.
        detach_classification: no gradient through p_c. Default False, the paper's.
        **kwargs: see ``UnsupervisedLoss``.
    """

    loss_name = 'loss_class_consistency'
    variance_grad = False

    def __init__(self, threshold: float | None = None, detach_classification: bool = False, **kwargs) -> None:
        super().__init__(**kwargs)
        if threshold is not None and not 0 <= threshold <= 1:
            raise OptionError('ClassConsistencyLoss', 'threshold', threshold, 'must be in 0..1, or None for 1 / C')
        self.threshold, self.detach_classification = threshold, detach_classification

    def forward(self, predictions: SemiPredictions) -> Tensor:
        return class_consistency_loss(
            predictions.seg_mean, predictions.cls_mean, self.threshold, predictions.cls_activation,
            self.detach_classification, seg_probs=predictions.seg_statistics.mean)
