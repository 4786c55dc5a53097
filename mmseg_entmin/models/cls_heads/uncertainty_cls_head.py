# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Image-level classification with a mean and a variance."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmseg.utils import SampleList
from torch import Tensor, nn

from mmseg_entmin._moved import moved_names
from mmseg_entmin.registry import MODELS

from ..options import check_choice
from ..uncertainty import ACTIVATIONS, check_uncertainty, class_probabilities, positive_variance, sample_logits

__getattr__ = moved_names(__name__)

# The mmpretrain head for each a_c: softmax with soft targets, sigmoid multi-label.
PRETRAIN_HEADS = dict(
    softmax=dict(type='mmpretrain.ClsHead', loss=dict(type='mmpretrain.CrossEntropyLoss', use_soft=True)),
    sigmoid=dict(type='mmpretrain.MultiLabelClsHead', loss=dict(type='mmpretrain.CrossEntropyLoss', use_sigmoid=True)))


@MODELS.register_module()
class UncertaintyClsHead(BaseModule):
    """Presence of each class in an image: mean mu_c and variance s2_c, from the encoder's last map.

    The outputs are two convolutions, averaged over the map. An mmpretrain head computes the loss on z_c = mu_c + eps
    sqrt(s2_c) (paper, Eq. 2, ``classification_loss``), averaged over the images. The targets y_c are the classes in the
    label map of an image.

    Args:
        in_channels: channels of the encoder's last map.
        num_classes: C.
        kernel_size: of both convolutions, odd. 3 (default) is the paper's; 1 has a ninth of the parameters.
        activation: a_c, 'softmax' (default, Eq. 9): cross entropy with y_c / sum y_c, p_c stays near 1 / C if every
            image has every class; or 'sigmoid': binary cross entropy, summed over the classes.
        num_samples: S >= 1 of Eq. 2. Default 1.
        variance: 'softplus' (default) or 'exp'.
        loss_weight: factor of the classification loss within L_s. Default 1.
        head: config of the mmpretrain head that computes the loss. Default: by activation.
    """

    def __init__(self, in_channels: int, num_classes: int, kernel_size: int = 3, activation: str = 'softmax',
                 num_samples: int = 1, variance: str = 'softplus', loss_weight: float = 1., head: dict | None = None,
                 init_cfg=dict(type='Normal', std=0.01, layer='Conv2d')) -> None:
        super().__init__(init_cfg)
        check_choice(self, 'activation', activation, ACTIVATIONS)
        check_uncertainty(self, kernel_size, num_samples, variance)
        self.num_classes, self.activation = num_classes, activation
        self.num_samples, self.variance = num_samples, variance
        self.loss_weight = loss_weight
        self.conv_mean = nn.Conv2d(in_channels, num_classes, kernel_size, padding=kernel_size // 2)
        self.conv_variance = nn.Conv2d(in_channels, num_classes, kernel_size, padding=kernel_size // 2)
        self.head = MODELS.build(head or PRETRAIN_HEADS[activation])

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Mean and variance, each (N, C), from the last of the encoder's maps."""
        if features[-1].shape[1] != self.conv_mean.in_channels:
            raise ValueError(f'cls_head.in_channels={self.conv_mean.in_channels}, but the last map of the encoder has '
                             f'{features[-1].shape[1]} channels; set cls_head.in_channels={features[-1].shape[1]}')
        sums = window_means(features[-1], self.conv_mean.kernel_size[0])
        mean, raw = (F.conv2d(sums, x.weight, x.bias)[:, :, 0, 0] for x in (self.conv_mean, self.conv_variance))
        return mean, positive_variance(raw, self.variance)

    def loss_by_feat(self, mean: Tensor, variance: Tensor, batch_data_samples: SampleList,
                     ignore_index: int = 255, absent_threshold: float | None = None) -> dict:
        """CE(y_c, a_c(z_c)) of Eq. 2 for mu_c and s2_c, each (N, C), of N samples with ``gt_sem_seg``.

        An image without labeled pixels adds 0. 'miss_rate', 'called_absent' in 0.x, is the share in 0..1 of the classes
        in y_c with p_c < beta (``absent_threshold``, 1 / C by default), which class consistency suppresses.
        """
        from mmpretrain.structures import DataSample  # imported here, since only this head needs mmpretrain
        presence = class_presence(batch_data_samples, self.num_classes, ignore_index)
        count = presence.sum(dim=1, keepdim=True)
        target = presence / count.clamp(min=1) if self.activation == 'softmax' else presence
        logits = sample_logits(mean, variance, self.num_samples, self.activation)
        losses = self.head.loss((logits, ), [DataSample().set_gt_score(t) for t in target],
                                weight=self.loss_weight * (count[:, 0] > 0))
        threshold = 1 / self.num_classes if absent_threshold is None else absent_threshold
        missed = (self.predict(mean.detach()) < threshold) * presence
        miss_rate = missed.sum() / count.sum().clamp(min=1)
        return {**losses, 'miss_rate': miss_rate, 'called_absent': miss_rate}

    def predict(self, cls_mean: Tensor) -> Tensor:
        """Probability p_c = a_c(mu_c) of each class, (N, C), in 0..1, in float32 or wider."""
        return class_probabilities(cls_mean, self.activation)


def window_means(x: Tensor, kernel_size: int) -> Tensor:
    """Mean input (N, C, k, k) of each weight of a padded k x k convolution; convolving it gives the output's mean."""
    height, width = map(int, x.shape[2:])  # they are tensors while a model is traced
    share = height / power_of_two(height) * width / power_of_two(width)
    return windows(kernel_size, height, x) @ (x @ windows(kernel_size, width, x).mT) / share


def windows(kernel_size: int, size: int, like: Tensor) -> Tensor:
    """(k, size): row i marks the places of a line that weight i of a padded convolution is multiplied with."""
    place = torch.arange(size, device=like.device)
    shift = torch.arange(kernel_size, device=like.device)[:, None] - kernel_size // 2
    marks = (place >= shift) & (place < size + shift)
    return marks.to(like.dtype) / power_of_two(size)  # sums do not overflow in float16, and nothing is rounded


def power_of_two(size: int) -> int:
    """The smallest power of two that is at least the size."""
    return 1 << (size - 1).bit_length()


def class_presence(batch_data_samples: SampleList, num_classes: int, ignore_index: int = 255) -> Tensor:
    """y_c (N, C), float: 1 for the classes in the label map of an image, else 0. Labels outside 0..C-1 do not count."""
    maps: list[Tensor] = [sample.gt_sem_seg.data.flatten() for sample in batch_data_samples]
    presence = torch.zeros(len(maps), num_classes + 1, device=maps[0].device)
    for row, labels in zip(presence, maps):
        known = (labels >= 0) & (labels < num_classes) & (labels != ignore_index)
        row.index_fill_(0, labels.where(known, num_classes).long(), 1)
    return presence[:, :num_classes]
