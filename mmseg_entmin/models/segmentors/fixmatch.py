# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""FixMatch (Sohn et al. 2020), the segmentation form of UniMatch's authors."""

import torch
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..batch_norm import keep_running_statistics
from ..checkpointing import refuse_moving_statistics
from ..modes import switched
from ..options import check_shares
from ..pseudo_labels import class_shares, masked_cross_entropy, pseudo_labels
from ..semi_batch import SemiBatch
from .semi_supervised_segmentor import SemiSupervisedSegmentor
from .strong_views import StrongViews


@MODELS.register_module()
class FixMatch(StrongViews, SemiSupervisedSegmentor):
    """L = CE(S(x), y) + w L_s, L_s = sum [confidence >= threshold] CE(S(strong u), argmax S(weak u)) / valid pixels.

    The weak view is the image as the data pipeline gives it, the strong one adds other colors and CutMix boxes; inside
    a box image, label, confidence and padding are the partner's. The sum is divided by ALL pixels that are no padding,
    not by the selected ones. The labels come from the network in training mode, without a gradient.

    Differs from the released code: the loss is not halved ((L_x + L_s) / 2 there); labeled and unlabeled images have
    batch statistics of their own; strong views leave the running ones alone; the partner is the previous image of
    the batch, not one of another batch, and the labels in its boxes are those of the same forward, where they are
    predicted there in eval mode, in a forward more (``eval_partner``). A batch of a single unlabeled image has no
    partner and is not mixed.

    Extra parameters: none. Passes: supervised 1 forward and backward on the labeled images, 1 on the strong views,
    1 forward on the weak ones; with ``eval_partner`` another forward on these.

    Args:
        strong_view: options of :class:`StrongView`.
        cutmix: options of :class:`CutMix`.
        threshold: confidence, in 0..1, under which a pixel is left out. Default 0.95.
        eval_partner: the labels inside the boxes are predicted in eval mode, as the released code has them. Default
            False.
        **kwargs: see :class:`SemiSupervisedSegmentor`; its ``unsup_weight`` is w.

    Raises:
        ValueError: an option out of its range; a data preprocessor that does not normalize; batch norms ``with_cp``.
    """

    def __init__(self, *args, strong_view: dict | None = None, cutmix: dict | None = None,
                 threshold: float = 0.95, eval_partner: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        check_shares(self, threshold=threshold)
        refuse_moving_statistics(self, self.backbone)
        self.threshold = threshold
        self.eval_partner = eval_partner
        self.build_views(strong_view, cutmix)

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        with torch.no_grad():
            weak_logits = self.segment(batch.unlabeled)
        view = self.labeled_view(batch, weak_logits, self.partner_logits(batch))
        with keep_running_statistics(self):
            strong_logits = self.segment(view[0])
        loss, selected = self.strong_loss(strong_logits, *view[1:])
        return {'unsup.loss_strong': weight * loss, 'unsup.selected': selected, **class_shares(weak_logits)}

    @torch.no_grad()
    def partner_logits(self, batch: SemiBatch) -> Tensor | None:
        """Logits (N, C, H, W) in eval mode for the weak views, where the boxes have their labels from these."""
        if not self.eval_partner:
            return None
        with switched(self.modules(), training=False):
            return self.segment(batch.unlabeled)

    def labeled_view(self, batch: SemiBatch, weak_logits: Tensor,
                     partner_logits: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """A strong view (N, 3, H, W), and for its pixels the label, whether it is sure, and whether it is no padding,
        each (N, 1, H, W)."""
        maps, partner_maps = (None if logits is None else (*pseudo_labels(logits, self.threshold), batch.valid)
                              for logits in (weak_logits, partner_logits))
        return self.strong(batch.unlabeled, *maps, partner_maps=partner_maps)

    @staticmethod
    def strong_loss(logits: Tensor, target: Tensor, sure: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """L_s for logits (N, C, H, W), and the share of the valid pixels that is selected."""
        selected, count = sure & valid, valid.sum()
        return masked_cross_entropy(logits, target, selected, count), selected.sum() / count
