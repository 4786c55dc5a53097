# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""ClassMix (Olsson et al. 2021), from labeled images as in DACS (Tranheden et al. 2021)."""
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmseg_entmin.errors import OptionError

from ..options import check_shares


class ClassMix(nn.Module):
    """Draws classes of each labeled image whose pixels are to be pasted onto another image.

    Args:
        prob: probability that an image gives any pixel, in 0..1. Default 1.
        share: share of an image's classes that is drawn, rounded up, in 0..1, 0 excluded. Default 0.5, as in ClassMix.
        classes: labels of the only classes that are drawn, such as rare ones. Default: all.
    """

    def __init__(self, prob: float = 1., share: float = 0.5, classes: Sequence[int] | None = None) -> None:
        super().__init__()
        check_shares(self, prob=prob)
        check_shares(self, excluded=0, share=share)
        if classes is not None and not len(classes):
            raise OptionError('ClassMix', 'classes', classes, 'name the label of one class at least')
        self.prob, self.share, self.classes = prob, share, classes

    @torch.no_grad()
    def region(self, labels: Tensor, num_classes: int) -> Tensor:
        """Pixels of the drawn classes as a mask (N, 1, H, W), bool, for labels (N, 1, H, W); never >= num_classes."""
        flat = labels.flatten(1).clamp(max=num_classes)
        present = torch.zeros(len(labels), num_classes + 1, dtype=torch.bool, device=labels.device)
        present.scatter_(1, flat, True)[:, num_classes] = False
        if self.classes is not None:
            kept = torch.zeros(num_classes + 1, dtype=torch.bool)
            kept[[label for label in self.classes if label < num_classes]] = True
            present &= kept.to(labels.device)
        # random numbers of the host, which does not wait for the device
        order = torch.rand(present.shape).to(labels.device, non_blocking=True).masked_fill_(~present, 2)
        mixed = (torch.rand(len(labels), 1) < self.prob).to(labels.device, non_blocking=True)
        count = (present.sum(dim=1, keepdim=True) * self.share).ceil()
        drawn = present & mixed & (order.argsort(dim=1).argsort(dim=1) < count)
        return drawn.gather(1, flat).view_as(labels)
