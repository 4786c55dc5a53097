# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Sharpening with a fixed temperature: the ablation row "CE + Sharpen" of the paper."""
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..losses.fused import sharpening_loss
from ..options import check_positive
from ..pseudo_labels import class_shares
from ..semi_batch import SemiBatch
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class Sharpening(SemiSupervisedSegmentor):
    """L = CE(S(x), y) + w(t) mean_i sum_c (p_ic - q_ic)^2, p = softmax S(u), q = sg softmax(S(u) / T).

    The prediction is trained towards a sharper copy of itself, at every valid pixel i of the unlabeled images.

    Args:
        temperature: T, > 0; below 1 it sharpens. Default 0.5, the paper's.
        unsup_weight: w. Default 0.1.
    """

    def __init__(self, *args, temperature: float = 0.5, unsup_weight: float = 0.1, **kwargs) -> None:
        super().__init__(*args, unsup_weight=unsup_weight, **kwargs)
        check_positive(self, temperature=temperature)
        self.temperature = temperature

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        logits = self.segment(batch.unlabeled)
        loss = sharpening_loss(logits, self.temperature, None if batch.all_valid else batch.valid)
        return {'unsup.loss_sharpening': weight * loss, **class_shares(logits)}
