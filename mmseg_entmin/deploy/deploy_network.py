# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The part of a segmentor that is exported: from images to logits."""
import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmseg.models.backbones import UNet
from mmseg.models.data_preprocessor import SegDataPreProcessor
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn

from ..models.channel_order import input_channels, is_bgr
from ..models.decode_heads import UncertaintyHead
from ..models.views import largest_intensity


class DeployNetwork(nn.Module):
    """Float32 images (N, channels, H, W) to logits (N, C, H, W). Three channels are RGB; others are not reordered.

    Color order, normalization and padding at the right and bottom to a multiple of ``self.multiple`` pixels are inside;
    H and W are free. Nothing is resized: give images of the size and the intensities that the test pipeline gives. The
    logits are those of mmseg's test in mode 'whole'; with mode 'slide' this is the network for one window.

    It shares the segmentor's weights, or those of its EMA teacher, and sets the modules that it takes to eval mode.

    Args:
        segmentor: an mmseg ``EncoderDecoder`` without ``SyncBN``; ValueError if a step of its test cannot be exported.
        variance: return (logits, variance), both (N, C, H, W); the variance of an ``UncertaintyHead`` is > 0, in
            squared logits. Default False.
    """

    def __init__(self, segmentor: EncoderDecoder, variance: bool = False) -> None:
        super().__init__()
        check_segmentor(segmentor, variance)
        source = getattr(segmentor, 'predictor', segmentor)
        self.backbone = source.backbone
        self.neck = getattr(source, 'neck', None)
        self.decode_head = source.decode_head
        self.test_cfg, self.variance = segmentor.test_cfg, variance
        preprocessor = segmentor.data_preprocessor
        self.multiple, self.pad_value = size_multiple(segmentor), preprocessor.pad_val
        self.channels = input_channels(segmentor)
        self.reads_bgr = self.channels == 3 and is_bgr(preprocessor)
        normalized = preprocessor._enable_normalize
        self.register_buffer('mean', preprocessor.mean.clone() if normalized else torch.zeros(1, 1, 1))
        self.register_buffer('std', preprocessor.std.clone() if normalized else torch.ones(1, 1, 1))
        self.white = float(largest_intensity(self.mean, self.std))  # 255 for images of 8 bits
        self.eval()

    @property
    def output_names(self) -> list[str]:
        return ['logits', 'variance'] if self.variance else ['logits']

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Logits, or logits and variance, at the size of the images."""
        height, width = images.shape[-2:]
        padded = (round_up(height, self.multiple), round_up(width, self.multiple))
        if self.reads_bgr:
            images = images[:, [2, 1, 0]]
        inputs = F.pad((images - self.mean) / self.std, (0, padded[1] - width, 0, padded[0] - height),
                       value=self.pad_value)
        features = self.backbone(inputs)
        if self.neck is not None:
            features = self.neck(features)
        # A negative pad crops. With a slice torch.export would separate sizes that are a multiple from others.
        outputs = tuple(F.pad(output, (0, width - padded[1], 0, height - padded[0]))
                        for output in self.predict(features, [dict(img_shape=padded)]))
        return outputs if self.variance else outputs[0]

    def predict(self, features: Sequence[Tensor], metas: list[dict]) -> tuple[Tensor, ...]:
        """Logits, and the variance if it was asked for, at the size of the padded images."""
        head = self.decode_head
        if isinstance(head, UncertaintyHead):
            return tuple(head.predict_by_feat(output, metas) for output in head(features)[:1 + self.variance])
        if isinstance(head, nn.ModuleList):  # CascadeEncoderDecoder
            previous = head[0](features)
            for stage in head[1:-1]:
                previous = stage(features, previous)
            return head[-1].predict(features, previous, metas, self.test_cfg),
        return head.predict(features, metas, self.test_cfg),


def round_up(size: int, multiple: int) -> int:
    return (size + multiple - 1) // multiple * multiple


def size_multiple(segmentor: EncoderDecoder) -> int:
    """Height and width are padded to multiples of this: the ``size_divisor`` of the test, and what a UNet needs."""
    divisor = (segmentor.data_preprocessor.test_cfg or {}).get('size_divisor') or 1
    backbone = segmentor.backbone
    if not isinstance(backbone, UNet):
        return divisor
    halved = [backbone.strides[i] == 2 or backbone.downsamples[i - 1] for i in range(1, backbone.num_stages)]
    return math.lcm(divisor, 2**sum(halved))


def check_segmentor(segmentor: nn.Module, variance: bool) -> None:
    """Raises a ValueError for a segmentor for which ``DeployNetwork`` would not predict as mmseg's test does."""
    name = type(segmentor).__name__
    if not isinstance(segmentor, EncoderDecoder):
        raise ValueError(f'model.type={name} cannot be exported: it is no EncoderDecoder')
    preprocessor = segmentor.data_preprocessor
    if not isinstance(preprocessor, SegDataPreProcessor):
        raise ValueError(f'model.data_preprocessor is a {type(preprocessor).__name__}, only SegDataPreProcessor can be '
                         'exported')
    if (preprocessor.test_cfg or {}).get('size') is not None:
        raise ValueError('model.data_preprocessor.test_cfg.size cannot be exported; set size_divisor in its place')
    if (segmentor.test_cfg or {}).get('class_refinement'):
        raise ValueError('model.test_cfg.class_refinement cannot be exported; turn it off with '
                         '--cfg-options model.test_cfg.class_refinement=None')
    if getattr(segmentor, 'classifier', None) is not None:
        raise ValueError(f'model.classifier of {name} filters classes and cannot be exported; turn it off with '
                         '--cfg-options model.classifier=None')
    mode = (segmentor.test_cfg or {}).get('mode', 'whole')
    if mode not in ('whole', 'slide'):
        raise ValueError(f'model.test_cfg.mode={mode!r} cannot be exported, only whole and slide')
    if variance and not isinstance(segmentor.decode_head, UncertaintyHead):
        raise ValueError(f"--variance: the decode head is a {type(segmentor.decode_head).__name__}, only an "
                         'UncertaintyHead predicts a variance')
