# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""UniMatch (Yang et al. 2023)."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..batch_norm import keep_running_statistics
from ..options import check_shares
from ..pseudo_labels import class_shares
from ..semi_batch import SemiBatch
from .fixmatch import FixMatch


@MODELS.register_module()
class UniMatch(FixMatch):
    """FixMatch on two strong views and on features with dropped channels.

    L = CE(S(x), y) + w (0.25 L_s1 + 0.25 L_s2 + 0.5 L_fp).

    s1 and s2 are two strong views with independent colors and boxes, in one forward. L_fp is the loss of FixMatch on
    the weak view without CutMix, with channels of the encoder's maps dropped (Dropout2d); all that follows the encoder
    runs again, a U-Net's decoder included.

    Differs from the released code as ``FixMatch`` does; as in its medical version, every map that the decoder reads is
    perturbed; perturbed maps are decoded in a pass of their own, which leaves the running statistics alone.

    Args:
        feature_drop: probability that a channel is dropped, in 0..1, 1 excluded. Default 0.5.
    """

    def __init__(self, *args, feature_drop: float = 0.5, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        check_shares(self, excluded=1, feature_drop=feature_drop)
        self.feature_drop = feature_drop

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        weak = batch.unlabeled
        features = self.encode(weak)
        with torch.no_grad():
            weak_logits = self.decode(features, weak)
        partner_logits = self.partner_logits(batch)
        with keep_running_statistics(self):
            perturbed_logits = self.decode([self.drop_channels(x) for x in features], weak)
            strong_1, *labels_1 = self.labeled_view(batch, weak_logits, partner_logits)
            strong_2, *labels_2 = self.labeled_view(batch, weak_logits, partner_logits)
            logits_1, logits_2 = self.segment(torch.cat([strong_1, strong_2])).chunk(2)
        loss_1, selected_1 = self.strong_loss(logits_1, *labels_1)
        loss_2, selected_2 = self.strong_loss(logits_2, *labels_2)
        loss_fp, _ = self.strong_loss(perturbed_logits, *self.labels(batch, weak_logits))
        return {
            'unsup.loss_strong_1': weight * 0.25 * loss_1,
            'unsup.loss_strong_2': weight * 0.25 * loss_2,
            'unsup.loss_features': weight * 0.5 * loss_fp,
            'unsup.selected': (selected_1 + selected_2) / 2,
            **class_shares(weak_logits)}

    def drop_channels(self, x: Tensor | Sequence[Tensor]) -> Tensor | list[Tensor]:
        """Drop channels of a map (N, C, h, w), or of that in a pair of map and class token."""
        return F.dropout2d(x, self.feature_drop) if isinstance(x, Tensor) else [self.drop_channels(x[0]), *x[1:]]
