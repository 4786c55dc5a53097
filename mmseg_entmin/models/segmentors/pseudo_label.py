# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pseudo-label (Lee 2013)."""
from collections.abc import Sequence

from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..pseudo_labels import check_threshold, class_shares, masked_cross_entropy, pseudo_labels
from ..semi_batch import SemiBatch
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class PseudoLabel(SemiSupervisedSegmentor):
    """Trains on the network's own hard labels, predicted anew in each step.

    L = CE(S(x), y) + w(t) CE(S(u), argmax S(u)).

    w is 0 until step T1 and rises linearly to 3 at step T2: ``ramp_up=dict(begin=T1, iters=T2 - T1, form='linear')``.
    Lee's T1 and T2 are 100 and 600 epochs of a longer training; choose them by the length of yours.

    Args:
        threshold: confidence below which a pixel is not trained on, in 0..1, or one for each class. Default 0 (Lee has
            none).
        unsup_weight: the final w. Default 3, Lee's.
    """

    def __init__(self, *args, threshold: float | Sequence[float] = 0., unsup_weight: float = 3., **kwargs) -> None:
        super().__init__(*args, unsup_weight=unsup_weight, **kwargs)
        check_threshold(self, threshold, self.num_classes)
        self.threshold = threshold

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        logits = self.segment(batch.unlabeled)
        target, confident = pseudo_labels(logits, self.threshold)
        selected, count = confident & batch.valid, batch.valid.sum()
        losses = {
            'unsup.loss_pseudo_label': weight * masked_cross_entropy(logits, target, selected, count),
            **class_shares(logits)}
        if self.threshold != 0:  # else all valid pixels are selected
            losses['unsup.selected'] = selected.sum() / count
        return losses
