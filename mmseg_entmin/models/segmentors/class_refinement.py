# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Test-time refinement of the segmentation by the classification."""
import torch
from mmseg.utils import SampleList
from torch import Tensor

from mmseg_entmin.errors import OptionError

from ..options import check_shares


class ClassRefinement:
    """Masks the logits of absent classes: "Classification can refine the segmentation during inference" (paper).

    Args:
        threshold: a class is absent if its p_c is below, in 0..1. With softmax, p_c of a present class is about 1
            over the number of classes in the image: stay well below that.
        background: index of a class that is always kept; None for no such class. Default 0.
    """

    def __init__(self, threshold: float, background: int | None = 0) -> None:
        check_shares('class_refinement', threshold=threshold)
        self.threshold, self.background = threshold, background

    def check_background(self, num_classes: int) -> None:
        """The background must be a class, in 0..C-1, or None."""
        if self.background is not None and not 0 <= self.background < num_classes:
            raise OptionError('class_refinement', 'background', self.background,
                              f'must be a class, in 0..{num_classes - 1}, or None for no such class')

    def __call__(self, seg_logits: Tensor, cls_probs: Tensor) -> Tensor:
        """Logits (C, H, W), minus infinity for classes absent by ``cls_probs`` (C,), p_c; the largest p_c is kept."""
        kept = (cls_probs >= self.threshold).index_fill(0, cls_probs.argmax(), True)
        if self.background is not None:
            kept[self.background] = True
        return torch.where(kept[:, None, None], seg_logits, -torch.inf)

    def refine(self, data_samples: SampleList, presence: Tensor) -> SampleList:
        """Refine logits and predictions of N samples in place by p_c, ``presence`` (N, C)."""
        for sample, cls_probs in zip(data_samples, presence):
            logits = self(sample.seg_logits.data, cls_probs)
            sample.seg_logits.data = logits
            sample.pred_sem_seg.data = logits.argmax(dim=0, keepdim=True)
        return data_samples
