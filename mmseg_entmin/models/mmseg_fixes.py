# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What fails or goes wrong in mmseg (onedl-mmsegmentation 1.4.2, mmsegmentation 1.2.2), mended in mmseg's own types.

- ``CrossEntropyLoss``: ``class_weight`` fails in the first step with ``avg_non_ignore=True``, wherever pixels are
  ignored, and with ``use_sigmoid=True``. Here it gives what PyTorch gives.
- ``SegDataPreProcessor`` takes 1 or 3 values of mean and std. Here it takes one for each channel.
- ``TIMMBackbone`` hands on the maps (N, h, w, C) of Swin, SwinV2 and MambaOut (timm 1.0.31). Here it turns them, and
  names a file of weights that does not fit.
"""
from collections.abc import Callable, Sequence
from functools import wraps

import torch
from mmseg.models import SegDataPreProcessor
from mmseg.models.backbones import TIMMBackbone
from mmseg.models.losses import cross_entropy_loss
from torch import Tensor, nn

from mmseg_entmin.errors import one_line


def weighted_mean(cross_entropy: Callable) -> Callable:
    """Softmax cross entropy as in ``torch.nn.functional.cross_entropy``: sum_i w_(y_i) l_i / sum_i w_(y_i), valid i."""
    @wraps(cross_entropy)
    def call(pred: Tensor, label: Tensor, weight: Tensor | None = None, class_weight: Tensor | None = None,
             reduction: str = 'mean', avg_factor: Tensor | None = None, ignore_index: int = -100, **kwargs) -> Tensor:
        if class_weight is not None and avg_factor is None and reduction == 'mean':
            valid = label != ignore_index
            avg_factor = (class_weight[label.clamp(0, len(class_weight) - 1)] * valid).sum()
        return cross_entropy(pred, label, weight=weight, class_weight=class_weight, reduction=reduction,
                             avg_factor=avg_factor, ignore_index=ignore_index, **kwargs)
    return call


def weights_of_channels(binary_cross_entropy: Callable) -> Callable:
    """Sigmoid cross entropy with a weight of the positive pixels for each channel, as PyTorch's ``pos_weight``."""
    @wraps(binary_cross_entropy)
    def call(pred: Tensor, label: Tensor, *args, class_weight: Tensor | None = None, **kwargs) -> Tensor:
        if class_weight is not None:
            class_weight = class_weight.view(-1, *[1] * (pred.dim() - 2))
        return binary_cross_entropy(pred, label, *args, class_weight=class_weight, **kwargs)
    return call


def any_channels(init: Callable) -> Callable:
    """The constructor of a data preprocessor that takes a mean and a std for any number of channels."""
    @wraps(init)
    def call(self, mean: Sequence[float] | None = None, std: Sequence[float] | None = None, **kwargs) -> None:
        counts = {len(values) for values in (mean, std) if values is not None}
        if counts <= {1, 3}:
            init(self, mean=mean, std=std, **kwargs)
            return
        if mean is None or std is None or len(counts) > 1 and 1 not in counts:
            raise ValueError(f'data_preprocessor: mean={mean} and std={std}; give a value of each for every channel')
        init(self, mean=[0.], std=[1.], **kwargs)
        self.mean, self.std = (torch.tensor(values).view(-1, 1, 1) for values in (mean, std))
    return call


def maps_of_timm(init: Callable) -> Callable:
    """The constructor of a backbone of timm that returns maps (N, C, h, w)."""
    @wraps(init)
    def call(self, *args, **kwargs) -> None:
        file = kwargs.get('pretrained', True) and (kwargs.get('pretrained_cfg_overlay') or {}).get('file')
        try:
            init(self, *args, **kwargs)
        except Exception as error:  # of torch, safetensors or pickle, which do not name the file
            if not file or isinstance(error, TypeError):  # an option
                raise
            raise ValueError(f'TIMMBackbone: pretrained_cfg_overlay=dict(file={file!r}) is no readable file of weights '
                             f"for {kwargs.get('model_name') or args[0]} ({one_line(error)}); give the file that timm "
                             'has for this name') from error
        if not hasattr(getattr(self.timm_model, 'feature_info', None), 'channels'):  # else a plain list
            raise ValueError('TIMMBackbone: features_only=False gives class scores, not maps; set features_only=True')
        channels_first(self)
    return call


def channels_first(backbone: nn.Module) -> None:
    """Let the network in a ``TIMMBackbone``, of mmseg or mmpretrain, return maps (N, C, h, w), as timm says it does."""
    network = getattr(backbone, 'timm_model', None)
    if getattr(network, 'output_fmt', None) == 'NHWC':
        network.register_forward_hook(_turn)
        network.output_fmt = type(network.output_fmt)('NCHW')


def _turn(_network: nn.Module, _inputs: tuple, maps: Tensor | list[Tensor]) -> Tensor | list[Tensor]:
    if not isinstance(maps, Tensor):
        return [_turn(_network, _inputs, x) for x in maps]
    return maps.permute(0, 3, 1, 2).contiguous() if maps.ndim == 4 else maps


def mend_mmseg() -> None:
    """Mend what is built from now on: losses of mmseg take their functions from their module when they are built."""
    for owner, name, mend in (
            (cross_entropy_loss, 'cross_entropy', weighted_mean),
            (cross_entropy_loss, 'binary_cross_entropy', weights_of_channels),
            (SegDataPreProcessor, '__init__', any_channels), (TIMMBackbone, '__init__', maps_of_timm)):
        if not hasattr(getattr(owner, name), '__wrapped__'):
            setattr(owner, name, mend(getattr(owner, name)))
