# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""CutMix for segmentation (Yun et al. 2019; French et al. 2020)."""
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmseg_entmin.errors import OptionError

from ..options import check_at_least_one, check_shares


class CutMix(nn.Module):
    """Replaces a box of each image, and of the maps of its pixels, by the same box of another image of the batch.

    The partner of image i is image i - 1; a batch of one image is not mixed. The defaults are UniMatch's. Its released
    code draws height / width evenly in the same range, and again until the box fits: 73 % of its boxes are taller than
    wide, with a median of 1.5, here 50 % and 1.

    Args:
        prob: probability that an image is mixed, in 0..1. Default 0.5.
        area: range of the box's share of the image, in 0..1. Default 0.02 to 0.4.
        aspect: range of the box's height / width, drawn uniformly in the logarithm. Default 0.3 to 1 / 0.3. None: from
            the share of the image to its inverse, as in CPS's released code.
        num_boxes: number of boxes, >= 1, from one partner, which share the area. Where an even number of them overlaps,
            the image stays, as in CPS's released code. Default 1.
    """

    def __init__(self, prob: float = 0.5, area: Sequence[float] = (0.02, 0.4),
                 aspect: Sequence[float] | None = (0.3, 1 / 0.3), num_boxes: int = 1) -> None:
        super().__init__()
        check_shares(self, prob=prob)
        if not 0 <= area[0] <= area[1] <= 1:
            raise OptionError('CutMix', 'area', tuple(area), 'must be a range within 0..1')
        if aspect is not None and not 0 < aspect[0] <= aspect[1]:
            raise OptionError('CutMix', 'aspect', tuple(aspect), 'must be a range above 0')
        check_at_least_one(self, num_boxes=num_boxes)
        self.prob, self.area, self.aspect, self.num_boxes = prob, tuple(area), aspect, num_boxes

    def boxes(self, count: int, height: int, width: int) -> Tensor:
        """Draw the boxes of ``count`` images as a mask (count, 1, height, width), bool, True inside a box."""
        boxes = self.one_box(count, height, width)
        for _ in range(self.num_boxes - 1):
            boxes = boxes ^ self.one_box(count, height, width)
        mixed = torch.rand(count) < self.prob
        return boxes & mixed[:, None, None, None]

    def one_box(self, count: int, height: int, width: int) -> Tensor:
        """Draw one box for each image, as ``boxes`` with probability 1."""
        share = torch.empty(count).uniform_(*self.area)
        if self.aspect is None:
            aspect = share.clamp(min=1e-6)**torch.empty(count).uniform_(-1, 1)
        else:
            aspect = torch.empty(count).uniform_(*map(math.log, self.aspect)).exp()
        share /= self.num_boxes
        # a side longer than the image is clipped: the share is then an upper bound
        h = (share * height * width * aspect).sqrt().clamp(max=height).round()
        w = (share * height * width / aspect).sqrt().clamp(max=width).round()
        top, left = torch.rand(count) * (height - h + 1), torch.rand(count) * (width - w + 1)
        rows, columns = torch.arange(height), torch.arange(width)
        inside_rows = (rows >= top.floor()[:, None]) & (rows < (top.floor() + h)[:, None])
        inside_columns = (columns >= left.floor()[:, None]) & (columns < (left.floor() + w)[:, None])
        return inside_rows[:, None, :, None] & inside_columns[:, None, None, :]

    @torch.no_grad()
    def forward(self, *tensors: Tensor, others: Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
        """Mix tensors (N, K, H, W) of a batch by the same boxes, which hold ``others``, by default the tensors."""
        if len(tensors[0]) < 2:
            return tensors
        boxes = self.boxes(len(tensors[0]), *tensors[0].shape[2:]).to(tensors[0].device, non_blocking=True)
        return paste(tensors, [x.roll(1, dims=0) for x in others or tensors], boxes)

    def region(self, labels: Tensor, num_classes: int) -> Tensor:
        """The boxes as a mask of the labels' shape (N, 1, H, W), bool, whatever the labels; as ``ClassMix``."""
        return self.boxes(len(labels), *labels.shape[2:]).to(labels.device, non_blocking=True)


@torch.no_grad()
def paste(tensors: Sequence[Tensor], others: Sequence[Tensor], where: Tensor) -> tuple[Tensor, ...]:
    """Replace pixels of tensors (N, K, H, W) by those of others where ``where`` (N, 1, H, W) is True."""
    return tuple(torch.where(where, other, x) for x, other in zip(tensors, others))
