# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The generator of DCGAN (Radford et al. 2016)."""
import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS

from ..options import check_at_least_one


@MODELS.register_module()
class ImageGenerator(BaseModule):
    """Makes square images from noise, and from a vector of classes if it is told so.

    Transposed 4x4 convolutions: one to a map of 4 x 4, each further one to twice the size and half the channels, all
    but the last with batch norm and ReLU; tanh. 3,576,707 parameters for RGB images of 64 pixels.

    Args:
        num_classes: C, length of the vector of classes; 0 (default) for none.
        noise: length of the vector of noise. Default 100.
        channels: channels of the map before the image. Default 64.
        size: side of the images in pixels, a power of two from 8 on. Default 64.
        in_channels: channels of the images. Default 3.
    """

    def __init__(self, num_classes: int = 0, noise: int = 100, channels: int = 64, size: int = 64,
                 in_channels: int = 3, init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(init_cfg or [dict(type='Normal', layer='ConvTranspose2d', std=0.02),
                                      dict(type='Normal', layer='BatchNorm2d', mean=1., std=0.02)])
        check_at_least_one(self, noise=noise, channels=channels)
        doublings = size.bit_length() - 3
        if doublings < 1 or size != 4 << doublings:
            raise OptionError('ImageGenerator', 'size', size, 'choose a power of two from 8 on: 8, 16, 32, 64, ...')
        self.noise, self.num_classes = noise, num_classes
        widths = [channels << place for place in reversed(range(doublings))]
        layers, inputs = [], noise + num_classes
        for place, outputs in enumerate(widths):
            stride, padding = (2, 1) if place else (1, 0)
            layers += [nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False), nn.BatchNorm2d(outputs),
                       nn.ReLU(inplace=True)]
            inputs = outputs
        self.layers = nn.Sequential(*layers, nn.ConvTranspose2d(inputs, in_channels, 4, 2, 1), nn.Tanh())

    def forward(self, classes: Tensor) -> Tensor:
        """Draw images (N, K, size, size) in -1..1 of classes (N, C), 0 or 1; only their N counts if there is no C."""
        noise = torch.rand(len(classes), self.noise, device=classes.device) * 2 - 1
        seeds = torch.cat([noise, classes[:, :self.num_classes]], dim=1) if self.num_classes else noise
        return self.layers(seeds[:, :, None, None])
