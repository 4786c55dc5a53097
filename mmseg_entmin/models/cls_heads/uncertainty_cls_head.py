# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Image-level classification with a mean and a variance."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmseg.utils import SampleList
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS

from ..options import check_choice
from ..uncertainty import (
    ACTIVATIONS,
    at_least_float32,
    check_uncertainty,
    positive_variance,
    sample_logits,
)

# What a_c needs of mmpretrain: softmax takes soft targets, sigmoid is multi-label.
PRETRAIN_HEADS = dict(
    softmax=dict(type='mmpretrain.ClsHead', loss=dict(type='mmpretrain.CrossEntropyLoss', use_soft=True)),
    sigmoid=dict(type='mmpretrain.MultiLabelClsHead', loss=dict(type='mmpretrain.CrossEntropyLoss', use_sigmoid=True)))


@MODELS.register_module()
class UncertaintyClsHead(BaseModule):
    """Presence of each class in an image: mean mu_c and variance s2_c, from the encoder's last map.

    Two convolutions, averaged over the map. The loss is that of an mmpretrain head on z_c = mu_c + eps sqrt(s2_c)
    (paper, Eq. 2); its targets y_c are the classes in the image's map, void ignored:

    - 'softmax': cross entropy with y_c / sum y_c. Where every class is in every image, p_c hovers about 1 / C.
    - 'sigmoid': binary cross entropy, summed over the classes.

    Mean over the images; an image whose map is void everywhere tells nothing and adds 0.

    Args:
        in_channels: channels of the encoder's last map.
        num_classes: C.
        kernel_size: of both convolutions, odd. 3 (default) is the paper's, 1 has a ninth of the parameters.
        activation: a_c, 'softmax' (default, the paper's Eq. 9) or 'sigmoid'.
        num_samples: S >= 1 of Eq. 2. Default 1.
        variance: 'softplus' (default) or 'exp'.
        loss_weight: of the classification loss within L_s. Default 1.
        head: config of the mmpretrain head that computes the loss; default by activation.

    Raises:
        ValueError: an option out of its range.
    """

    def __init__(self, in_channels: int, num_classes: int, kernel_size: int = 3, activation: str = 'softmax',
                 num_samples: int = 1, variance: str = 'softplus', loss_weight: float = 1., head: dict | None = None,
                 init_cfg=dict(type='Normal', std=0.01, layer='Conv2d')) -> None:
        super().__init__(init_cfg)
        check_choice('UncertaintyClsHead', 'activation', activation, ACTIVATIONS)
        check_uncertainty('UncertaintyClsHead', kernel_size, num_samples, variance)
        self.num_classes = num_classes
        self.activation = activation
        self.num_samples = num_samples
        self.variance = variance
        self.loss_weight = loss_weight
        self.conv_mean = nn.Conv2d(in_channels, num_classes, kernel_size, padding=kernel_size // 2)
        self.conv_variance = nn.Conv2d(in_channels, num_classes, kernel_size, padding=kernel_size // 2)
        self.head = MODELS.build(head or PRETRAIN_HEADS[activation])

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Encoder maps, of which the last is read, to mean and variance, each (N, C)."""
        sums = window_means(features[-1], self.conv_mean.kernel_size[0])
        mean, raw = (F.conv2d(sums, conv.weight, conv.bias)[:, :, 0, 0] for conv in (
            self.conv_mean, self.conv_variance))
        return mean, positive_variance(raw, self.variance)

    def loss(self, features: Sequence[Tensor], batch_data_samples: SampleList, ignore_index: int = 255) -> dict:
        """Classification loss from the encoder maps; see :meth:`loss_by_feat`."""
        return self.loss_by_feat(*self(features), batch_data_samples, ignore_index)

    def loss_by_feat(self, mean: Tensor, variance: Tensor, batch_data_samples: SampleList,
                     ignore_index: int = 255, absent_below: float | None = None) -> dict:
        """CE(y_c, a_c(z_c)) of Eq. 2 for samples that all carry a map; y_c are the classes in it.

        Beside the loss, 'called_absent': the share of these classes, 0..1, whose p_c is below ``absent_below``, the
        threshold under which class consistency takes a class for absent; default 1 / C, its own.
        """
        from mmpretrain.structures import DataSample  # here: whoever has no such head need not import mmpretrain
        presence = class_presence(batch_data_samples, self.num_classes, ignore_index)
        count = presence.sum(dim=1, keepdim=True)
        target = presence / count.clamp(min=1) if self.activation == 'softmax' else presence
        logits = sample_logits(mean, variance, self.num_samples, self.activation)
        losses = self.head.loss((logits, ), [DataSample().set_gt_score(t) for t in target],
                                weight=self.loss_weight * (count[:, 0] > 0))
        threshold = 1 / self.num_classes if absent_below is None else absent_below
        missed = (self.predict(mean.detach()) < threshold) * presence
        return {**losses, 'called_absent': missed.sum() / count.sum().clamp(min=1)}

    def predict(self, cls_mean: Tensor) -> Tensor:
        """Probability p_c = a_c(mu_c) of each class, (N, C), in 0..1, in float32 or wider."""
        return activate(cls_mean, self.activation)


def window_means(x: Tensor, kernel_size: int) -> Tensor:
    """What each weight of a convolution sees on average: (N, C, h, w) to (N, C, k, k), zeros around the border.

    The mean of a convolution's output is the convolution of these means: the head costs a sum over the map, where two
    convolutions of 3 x 3 from 2048 to 21 channels would cost as much as half of DeepLabv2's decode head.
    """
    height, width = map(int, x.shape[2:])  # tensors, where a model is traced
    share = height / power_of_two(height) * width / power_of_two(width)
    return windows(kernel_size, height, x) @ (x @ windows(kernel_size, width, x).mT) / share


def windows(kernel_size: int, size: int, like: Tensor) -> Tensor:
    """(k, size): row i marks the places of a line that weight i of a padded convolution meets.

    A mark is not 1 but 1 over the power of two that is not below the size: a sum over a map may be more than float16
    holds, and such a factor rounds nothing.
    """
    place = torch.arange(size, device=like.device)
    shift = torch.arange(kernel_size, device=like.device)[:, None] - kernel_size // 2
    return ((place >= shift) & (place < size + shift)).to(like.dtype) / power_of_two(size)


def power_of_two(size: int) -> int:
    """The smallest one that is not below the size."""
    return 1 << (size - 1).bit_length()


def activate(cls_mean: Tensor, activation: str) -> Tensor:
    """p_c = a_c(mu_c) (Eq. 9): (N, C) logits to probabilities, in float32 or wider."""
    cls_mean = at_least_float32(cls_mean)
    return cls_mean.softmax(dim=1) if activation == 'softmax' else cls_mean.sigmoid()


def class_presence(batch_data_samples: SampleList, num_classes: int, ignore_index: int = 255) -> Tensor:
    """y_c: 1 where a class is in an image's map, else 0, float (N, C); labels outside 0..C-1 are no class."""
    maps: list[Tensor] = [sample.gt_sem_seg.data.flatten() for sample in batch_data_samples]
    presence = torch.zeros(len(maps), num_classes + 1, device=maps[0].device)
    for row, labels in zip(presence, maps):
        known = (labels >= 0) & (labels < num_classes) & (labels != ignore_index)
        row.index_fill_(0, labels.where(known, num_classes).long(), 1)
    return presence[:, :num_classes]
