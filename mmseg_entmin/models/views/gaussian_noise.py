# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Gaussian noise on images, a weak augmentation."""
import torch
from torch import Tensor, nn

from ..options import check_not_negative, check_positive


class GaussianNoise(nn.Module):
    """Adds clip(N(0, std^2), -limit, limit) to normalized images (N, K, H, W), drawn for each pixel and channel.

    Args:
        std: standard deviation before clipping, in units of normalized images. Default 0.1, UA-MT's.
        limit: largest absolute value, > 0. Default 0.2, UA-MT's.
    """

    def __init__(self, std: float = 0.1, limit: float = 0.2) -> None:
        super().__init__()
        check_not_negative(self, std=std)
        check_positive(self, limit=limit)
        self.std, self.limit = std, limit

    def forward(self, images: Tensor) -> Tensor:
        return images + (torch.randn_like(images) * self.std).clamp(-self.limit, self.limit)
