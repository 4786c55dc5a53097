# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Networks of timm whose maps have the channels last (Swin, SwinV2, MambaOut; timm 1.0.31), in the wrappers of mmseg.

The wrappers of mmseg and mmpretrain hand these maps (N, h, w, C) to heads that read them as (N, C, h, w).
"""
from collections.abc import Callable
from functools import wraps

from mmseg.models.backbones import TIMMBackbone
from torch import Tensor, nn


def channels_first(backbone: nn.Module) -> None:
    """Let the network in a ``TIMMBackbone``, of mmseg or mmpretrain, return maps (N, C, h, w), as timm says it does."""
    network = getattr(backbone, 'timm_model', None)
    if getattr(network, 'output_fmt', None) == 'NHWC':
        network.register_forward_hook(_permute)
        network.output_fmt = type(network.output_fmt)('NCHW')


def _permute(_network: nn.Module, _inputs: tuple, maps: Tensor | list[Tensor]) -> Tensor | list[Tensor]:
    if isinstance(maps, Tensor):
        return maps.permute(0, 3, 1, 2).contiguous() if maps.ndim == 4 else maps
    return [x.permute(0, 3, 1, 2).contiguous() for x in maps]


def support_channels_last() -> None:
    """Apply ``channels_first`` to every ``TIMMBackbone`` of mmseg that is built from now on."""
    if not hasattr(TIMMBackbone.__init__, '__wrapped__'):
        TIMMBackbone.__init__ = _then_channels_first(TIMMBackbone.__init__)


def _then_channels_first(init: Callable) -> Callable:
    @wraps(init)
    def call(self, *args, **kwargs) -> None:
        init(self, *args, **kwargs)
        if not hasattr(getattr(self.timm_model, 'feature_info', None), 'channels'):  # else a plain list
            raise ValueError('TIMMBackbone: features_only=False gives class scores, not maps; set features_only=True')
        channels_first(self)
    return call
