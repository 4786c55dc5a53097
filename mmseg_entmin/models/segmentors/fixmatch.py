# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""FixMatch (Sohn et al. 2020) for segmentation, as UniMatch's authors (Yang et al. 2023) have it."""
from collections.abc import Sequence

import torch
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..activation_checkpointing import refuse_checkpointed_norms
from ..batch_norm import keep_running_statistics
from ..module_states import training_mode
from ..pseudo_labels import check_threshold, class_shares, masked_cross_entropy, pseudo_labels
from ..semi_batch import SemiBatch
from ..views import StrongViews
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class FixMatch(SemiSupervisedSegmentor):
    """Trains on strongly augmented views with the network's confident labels of the weak views.

    L = CE(S(x), y) + w L_s, L_s = sum [confidence >= threshold] CE(S(strong u), argmax S(weak u)) / valid pixels.

    The weak view is the image as the data pipeline gives it; the strong view has other colors and CutMix boxes, in
    which image, label, confidence and padding are the partner's. The labels come from the network in training mode.

    Differs from the released code: the loss is not halved ((L_x + L_s) / 2 there); labeled and unlabeled images have
    separate batch statistics; strong views leave the running statistics alone; the partner is the previous image of
    the batch, there the same image in another random view (its two loaders share one order); the labels in the boxes
    come from the same forward, there from one more in eval mode (``eval_partner``); boxes and blur, see ``CutMix`` and
    ``PhotometricAugmentation``.

    Args:
        strong_view: options of ``PhotometricAugmentation``, which needs a data preprocessor that normalizes. Batch
            norms ``with_cp`` are refused.
        cutmix: options of ``CutMix``.
        threshold: confidence below which a pixel is not trained on, in 0..1. Default 0.95.
            A list has one for each predicted class: a lower one for a rare class, of which the network is less sure.
        eval_partner: labels inside the boxes are predicted in eval mode, as in the released code. Default False.
    """

    def __init__(self, *args, strong_view: dict | None = None, cutmix: dict | None = None,
                 threshold: float | Sequence[float] = 0.95, eval_partner: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        check_threshold(self, threshold, self.num_classes)
        refuse_checkpointed_norms(self, self.backbone)
        self.threshold, self.eval_partner = threshold, eval_partner
        self.views = StrongViews(self.data_preprocessor, strong_view, cutmix)

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        with torch.no_grad():
            weak_logits = self.segment(batch.unlabeled)
        strong, *labels = self.labeled_view(batch, weak_logits, self.partner_logits(batch))
        with keep_running_statistics(self):
            strong_logits = self.segment(strong)
        loss, selected = self.strong_loss(strong_logits, *labels)
        return {'unsup.loss_strong': weight * loss, 'unsup.selected': selected, **class_shares(weak_logits)}

    @torch.no_grad()
    def partner_logits(self, batch: SemiBatch) -> Tensor | None:
        """Logits (N, C, H, W) for the weak views in eval mode, which label the boxes; None without ``eval_partner``."""
        if not self.eval_partner:
            return None
        with training_mode(self.modules(), training=False):
            return self.segment(batch.unlabeled)

    def labels(self, batch: SemiBatch, weak_logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pseudo-labels of the weak views, selected pixels and valid pixels, each (N, 1, H, W)."""
        target, confident = pseudo_labels(weak_logits, self.threshold)
        return target, confident & batch.valid, batch.valid

    def labeled_view(self, batch: SemiBatch, weak_logits: Tensor,
                     partner_logits: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Strong views (N, K, H, W), and their ``labels``, which follow the pixels into the boxes."""
        return self.views(
            batch.unlabeled, *self.labels(batch, weak_logits),
            partner_maps=None if partner_logits is None else self.labels(batch, partner_logits))

    @staticmethod
    def strong_loss(logits: Tensor, target: Tensor, selected: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """L_s for logits (N, C, H, W) and ``labels``, and the share of the valid pixels that is selected."""
        count = valid.sum()
        return masked_cross_entropy(logits, target, selected, count), selected.sum() / count
