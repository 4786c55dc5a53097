# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The discriminator of s4GAN (Mittal et al. 2019)."""
import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS


@MODELS.register_module()
class ImageDiscriminator(BaseModule):
    """Classifies an image and a segmentation map as real (labels, 1) or fake (a prediction, 0).

    Four 4x4 convolutions of stride 2, channels C + 3, 64, 128, 256, 512, LeakyReLU 0.2, Dropout2d after the first 3;
    a linear layer scores f, the mean over the last map. 2,778,561 parameters with 21 classes.

    Args:
        num_classes: C.
        channels: channels of the first convolution; each further one doubles them. Default 64.
        dropout: probability of the dropout. Default 0.5.
        in_channels: channels of the images. Default 3.
    """

    def __init__(self, num_classes: int, channels: int = 64, dropout: float = 0.5, init_cfg=None,
                 in_channels: int = 3) -> None:
        super().__init__(init_cfg)
        widths = (num_classes + in_channels, channels, 2 * channels, 4 * channels, 8 * channels)
        layers = []
        for inputs, outputs in zip(widths, widths[1:]):
            layers += [nn.Conv2d(inputs, outputs, 4, 2, 1), nn.LeakyReLU(0.2), nn.Dropout2d(dropout)]
        self.layers = nn.Sequential(*layers[:-1])
        self.score = nn.Linear(widths[-1], 1)

    def forward(self, probs: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N,) and features f (N, F) of probabilities (N, C, H, W), H and W >= 16, and images (N, K, H, W)."""
        low, high = images.amin(), images.amax()  # of the batch
        images = (images - low) / (high - low).clamp(min=1e-8)
        features = self.layers(torch.cat([probs, images], dim=1)).mean(dim=(2, 3))
        return self.score(features)[:, 0], features
