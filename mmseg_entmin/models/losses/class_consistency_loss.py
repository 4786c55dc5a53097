# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Class consistency (paper, Eq. 9)."""

from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..cls_heads.uncertainty_cls_head import activate
from ..options import check_choice
from ..predictions import SemiPredictions
from ..softmax_statistics import SoftmaxStatistics, softmax_statistics
from ..uncertainty import ACTIVATIONS
from .unsupervised_loss import UnsupervisedLoss, zero_of


def class_consistency_loss(seg_mean: Tensor, cls_mean: Tensor, threshold: float | None = None,
                           activation: str = 'softmax', detach_classification: bool = False,
                           statistics: SoftmaxStatistics | None = None,
                           valid: Tensor | None = None) -> Tensor:
    """L_k = 1/|{c: p_c < beta}| sum_{c: p_c < beta} p_c mean_i p_i[c], for each image, mean over the images (Eq. 9).

    A class that the classification holds absent should not be segmented.

    Args:
        seg_mean: mu_s (N, C, h, w), logits, any floating type; p_i = softmax(mu_s) at pixel i.
        cls_mean: mu_c (N, C), logits; p_c = a_c(mu_c).
        threshold: beta, in 0..1. Default 1 / C.
        activation: a_c, 'softmax' (default) or 'sigmoid'.
        detach_classification: no gradient through p_c. Default False, the paper's.
        statistics: of softmax(mu_s), where they are known already.
        valid: (N, 1, h, w), bool, the pixels i of the mean, for statistics that are not yet known. Default all.

    Returns:
        A scalar in float32 or wider; an image in which no class is below beta, and an empty batch, add 0.
    """
    check_choice('class_consistency_loss', 'activation', activation, ACTIVATIONS)
    if len(seg_mean) == 0:
        return zero_of(seg_mean, cls_mean)
    cls_probs = activate(cls_mean, activation)
    if detach_classification:
        cls_probs = cls_probs.detach()
    absent = (cls_probs < (1 / cls_mean.shape[1] if threshold is None else threshold)).to(cls_probs.dtype)
    seg_probs = (statistics or softmax_statistics(seg_mean, valid)).mean
    return ((absent * cls_probs * seg_probs).sum(dim=1) / absent.sum(dim=1).clamp(min=1)).mean()


@MODELS.register_module()
class ClassConsistencyLoss(UnsupervisedLoss):
    """Consistency of segmentation and classification: :func:`class_consistency_loss` as a component.

    The activation a_c is that of the classification head.

    Args:
        threshold: beta in 0..1; None (default) for 1 / C.
        detach_classification: no gradient through p_c. Default False, the paper's.
        loss_weight: default 1.
        loss_name: default 'loss_class_consistency'.

    Raises:
        ValueError: an option out of its range.
    """

    loss_name = 'loss_class_consistency'
    variance_grad = False

    def __init__(self, threshold: float | None = None, detach_classification: bool = False,
                 loss_weight: float = 1., loss_name: str | None = None) -> None:
        super().__init__(loss_weight, loss_name)
        if threshold is not None and not 0 <= threshold <= 1:
            raise ValueError(f'ClassConsistencyLoss: threshold={threshold}, must be in 0..1 (or None, 1 / C)')
        self.threshold = threshold
        self.detach_classification = detach_classification

    def forward(self, predictions: SemiPredictions) -> Tensor:
        return class_consistency_loss(
            predictions.seg_mean, predictions.cls_mean, self.threshold, predictions.cls_activation,
            self.detach_classification, predictions.seg_statistics)
