# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""UniMatch V2 (Yang et al. 2025)."""
from collections.abc import Sequence

import torch
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..batch_norm import keep_running_statistics
from ..ema_teacher import EMATeacher
from ..options import check_shares
from ..pseudo_labels import class_shares
from ..semi_batch import SemiBatch
from .fixmatch import FixMatch


@MODELS.register_module()
class UniMatchV2(FixMatch):
    """FixMatch with an EMA teacher, on a pair of strong views of which each keeps the channels that the other drops.

    L = CE(S(x), y) + w (L_s1 + L_s2) / 2, labels and confidence from the EMA teacher T on the weak view.

    s1 and s2 are two strong views with independent colors and boxes, in one forward. Of some pairs, each channel of the
    encoder's maps is doubled in one view and 0 in the other; the others stay whole.

    Differs from the released code: the loss is not halved, (L_x + L_s) / 2 there; the partner of a box is the previous
    image of the batch, there the opposite one; boxes and blur as in ``FixMatch``; strong views leave the running
    statistics alone; where an encoder's maps differ in their number of channels, each number has a draw of its own (a
    ViT's do not). With a U-Net all that follows the encoder reads the dropped maps. ``eval_partner`` is no option: the
    teacher is in eval mode.

    Args:
        teacher: options of ``EMATeacher``. Default decay 0.996, the released one.
        drop_share: share of the pairs whose channels are dropped, rounded up, in 0..1. Default 0.5.
        test_with_teacher: True (default): the teacher predicts at test time; False: the student.
        **kwargs: ``strong_view``, ``cutmix`` and ``threshold``, see ``FixMatch``, and those of
            ``SemiSupervisedSegmentor``.
    """

    def __init__(self, *args, teacher: dict | None = None, drop_share: float = 0.5, test_with_teacher: bool = True,
                 **kwargs) -> None:
        super().__init__(*args, eval_partner=False, **kwargs)
        check_shares(self, drop_share=drop_share)
        self.drop_share = drop_share
        self.teacher = EMATeacher(self, **{'decay': 0.996, **(teacher or {})})
        self.test_with_teacher = test_with_teacher

    def before_step(self) -> None:
        self.teacher.update(self)

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        weak = batch.unlabeled
        weak_logits = self.resize(self.teacher(weak), weak)
        (strong_1, *labels_1), (strong_2, *labels_2) = (self.labeled_view(batch, weak_logits) for _ in range(2))
        strong = torch.cat([strong_1, strong_2])
        with keep_running_statistics(self):
            logits_1, logits_2 = self.decode(self.drop_channels(self.encode(strong)), strong).chunk(2)
        loss_1, selected_1 = self.strong_loss(logits_1, *labels_1)
        loss_2, selected_2 = self.strong_loss(logits_2, *labels_2)
        return {
            'unsup.loss_strong_1': weight * loss_1 / 2,
            'unsup.loss_strong_2': weight * loss_2 / 2,
            'unsup.selected': (selected_1 + selected_2) / 2,
            **class_shares(weak_logits)}

    def drop_channels(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Drop channels of maps (2 N, C_j, h_j, w_j), or of those in pairs of map and class token, of N pairs."""
        first = maps[0] if isinstance(maps[0], Tensor) else maps[0][0]
        pairs, factors = len(first) // 2, {}
        whole = torch.zeros(pairs, dtype=torch.bool)
        whole[torch.randperm(pairs)[:int(pairs * (1 - self.drop_share))]] = True

        def dropped(x):
            if not isinstance(x, Tensor):
                return [dropped(x[0]), *x[1:]]
            if x.shape[1] not in factors:
                kept = (2. * torch.randint(2, (pairs, x.shape[1]))).masked_fill(whole[:, None], 1)
                factors[x.shape[1]] = torch.cat([kept, 2 - kept]).to(x, non_blocking=True)
            return x * factors[x.shape[1]][:, :, None, None]

        return [dropped(x) for x in maps]
