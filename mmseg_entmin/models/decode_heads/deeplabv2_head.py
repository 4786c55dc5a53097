# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The decode head of DeepLabv2."""
from collections.abc import Sequence

from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS


class DilatedSum(nn.Module):
    """Sum of parallel 3x3 convolutions with bias, one for each dilation."""

    def __init__(self, in_channels: int, out_channels: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.branches = nn.ModuleList(nn.Conv2d(in_channels, out_channels, 3, padding=d, dilation=d) for d in dilations)

    def forward(self, x: Tensor) -> Tensor:
        outputs = (branch(x) for branch in self.branches)
        return sum(outputs, next(outputs))


@MODELS.register_module()
class DeepLabV2Head(BaseDecodeHead):
    """Four 3x3 convolutions with dilation 6, 12, 18 and 24 from the encoder's map to the classes, ALL summed.

    Source: Chen et al., "DeepLab", PAMI 2018 (the ASPP-S/L form without hidden layers, as AdvSemiSeg, s4GAN and the
    paper use it). Their released code returns inside the loop over the branches, so that dilations 18 and 24 have no
    effect. Its biases start at PyTorch's default, within -0.0074..0.0074 for 2048 channels; here at 0.

    Args:
        in_channels: channels of the encoder's map.
        dilations: dilation (and padding) of each branch. Default (6, 12, 18, 24).
        dropout_ratio: default 0.
        **kwargs: options of mmseg's ``BaseDecodeHead``, without ``channels``, since there is no hidden layer.
    """

    def __init__(self, in_channels: int, *, dilations: tuple[int, ...] = (6, 12, 18, 24), dropout_ratio: float = 0.,
                 **kwargs) -> None:
        super().__init__(in_channels, channels=in_channels, dropout_ratio=dropout_ratio, **kwargs)
        self.conv_seg = DilatedSum(in_channels, self.out_channels, dilations)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Logits (N, C, h, w) from the encoder's maps, at the size of the map ``in_index``."""
        return self.cls_seg(self._transform_inputs(inputs))
