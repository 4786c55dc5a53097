# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A decoder that reconstructs images from the encoder's last map."""
from collections.abc import Sequence

import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS


@MODELS.register_module()
class ReconstructionHead(BaseModule):
    """Images in 0..1 from the encoder's last map, without skip connections (Chen et al. 2019).

    Each stage is bilinear upsampling by 2, 3x3 convolution, norm and LeakyReLU; a 1x1 convolution and sigmoid follow.

    Args:
        in_channels: channels of the encoder's last map.
        channels: output channels of each stage.
        out_channels: channels of the images.
        norm_cfg: norm of the stages. Default: BN.
    """

    def __init__(self, in_channels: int, channels: Sequence[int], out_channels: int,
                 norm_cfg: dict = dict(type='BN'), init_cfg=None) -> None:
        super().__init__(init_cfg)
        inputs = (in_channels, *channels)
        self.stages = nn.ModuleList(
            ConvModule(i, o, 3, padding=1, norm_cfg=norm_cfg, act_cfg=dict(type='LeakyReLU', negative_slope=0.01))
            for i, o in zip(inputs, channels))
        self.last = nn.Conv2d(inputs[-1], out_channels, 1)

    def forward(self, features: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """Images (N, K, H, W) of the given size (H, W) from the last of the encoder's maps."""
        x = features[-1]
        for stage in self.stages:
            x = stage(F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False))
        return F.interpolate(self.last(x), tuple(size), mode='bilinear', align_corners=False).sigmoid()
