# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The discriminator of AdvSemiSeg (Hung et al. 2018)."""
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS


@MODELS.register_module()
class PixelDiscriminator(BaseModule):
    """Classifies each pixel of a segmentation map as real (labels, 1) or fake (a prediction, 0).

    Five 4x4 convolutions of stride 2 with channels C, 64, 128, 256, 512, 1 and LeakyReLU 0.2 after the first four; no
    normalization, and no image input. 2,783,169 parameters with 21 classes.

    Args:
        num_classes: C.
        channels: channels of the first convolution; each further one doubles them. Default 64.
    """

    def __init__(self, num_classes: int, channels: int = 64, init_cfg=None) -> None:
        super().__init__(init_cfg)
        widths = (num_classes, channels, 2 * channels, 4 * channels, 8 * channels)
        layers = []
        for inputs, outputs in zip(widths, widths[1:]):
            layers += [nn.Conv2d(inputs, outputs, 4, 2, 1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 2, 1))

    def forward(self, probs: Tensor) -> Tensor:
        """Map probabilities (N, C, H, W), H and W >= 32, to logits (N, 1, H, W)."""
        return F.interpolate(self.layers(probs), probs.shape[2:], mode='bilinear', align_corners=True)
