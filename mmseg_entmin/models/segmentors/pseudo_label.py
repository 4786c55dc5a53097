# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pseudo-label (Lee 2013)."""

from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..options import check_shares
from ..pseudo_labels import class_shares, masked_cross_entropy, pseudo_labels
from ..semi_batch import SemiBatch
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class PseudoLabel(SemiSupervisedSegmentor):
    """L = CE(S(x), y) + w(t) CE(S(u), argmax S(u)): the network's own hard labels, made anew in each step.

    w is 0 until T1 and rises linearly to 3 at T2: ``ramp_up=dict(begin=T1, iters=T2 - T1, form='linear')``. Lee's T1
    and T2 are 100 and 600 epochs of a longer training: set them to the length of yours.

    Extra parameters: none. Passes: supervised 1 forward and backward on the labeled images, 1 on the unlabeled ones;
    the labels come from the same forward.

    Args:
        threshold: confidence, in 0..1, under which a pixel is left out. Default 0 (Lee has none).
        unsup_weight: the w that is reached. Default 3, Lee's.
        ramp_up: see above. Default: w from the first step.
        **kwargs: see :class:`SemiSupervisedSegmentor`.

    Raises:
        ValueError: an option out of its range.
    """

    def __init__(self, *args, threshold: float = 0., unsup_weight: float = 3., ramp_up: dict | None = None,
                 **kwargs) -> None:
        super().__init__(*args, unsup_weight=unsup_weight, ramp_up=ramp_up, **kwargs)
        check_shares(self, threshold=threshold)
        self.threshold = threshold

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        logits = self.segment(batch.unlabeled)
        target, selected = pseudo_labels(logits, self.threshold)
        valid = batch.valid
        selected = selected & valid
        losses = {
            'unsup.loss_pseudo_label': weight * masked_cross_entropy(logits, target, selected, valid.sum()),
            **class_shares(logits)
        }
        if self.threshold > 0:  # else it is 1 by definition
            losses['unsup.selected'] = selected.sum() / valid.sum()
        return losses
