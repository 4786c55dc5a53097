# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The losses of mmseg's decode heads, computed without waiting for the device."""
from collections.abc import Sequence

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.losses import CrossEntropyLoss
from mmseg.models.segmentors.base import BaseSegmentor
from mmseg.models.utils import resize
from mmseg.utils import SampleList, add_prefix
from torch import Tensor, nn


def supervised_loss(head: BaseDecodeHead, logits: Tensor, data_samples: SampleList) -> dict:
    """``BaseDecodeHead.loss_by_feat`` for logits (N, C, h, w), with the labeled pixels counted on the device."""
    label = head._stack_batch_gt(data_samples)
    if logits.shape[2:] != label.shape[2:]:
        logits = resize(logits, size=label.shape[2:], mode='bilinear', align_corners=head.align_corners)
    weight = head.sampler.sample(logits, label) if head.sampler is not None else None
    label = label.squeeze(1)
    labeled = label != head.ignore_index
    count = labeled.sum()
    losses = {}
    for loss in losses_of(head):
        average = dict(avg_factor=count) if averages_over_labeled(loss) else {}
        value = loss(logits, label, weight=weight, ignore_index=head.ignore_index, **average)
        losses[loss.loss_name] = losses.get(loss.loss_name, 0) + value
    losses['acc_seg'] = pixel_accuracy(logits, label, labeled, count)
    return losses


def head_loss(head: nn.Module, outputs: Tensor | Sequence[Tensor], data_samples: SampleList) -> dict:
    """Losses of a decode head from its outputs: ``supervised_loss``, or the ``loss_by_feat`` of its own class."""
    if type(head).loss_by_feat is BaseDecodeHead.loss_by_feat:
        return supervised_loss(head, outputs, data_samples)
    return head.loss_by_feat(outputs, data_samples)


def auxiliary_losses(network: BaseSegmentor, features: Sequence[Tensor], data_samples: SampleList) -> dict:
    """Losses of a segmentor's auxiliary heads, under mmseg's names; empty if it has no such head."""
    if not network.with_auxiliary_head:
        return {}
    found = network.auxiliary_head
    heads = {f'aux_{i}': head for i, head in enumerate(found)} if isinstance(found, nn.ModuleList) else {'aux': found}
    losses = {}
    for name, head in heads.items():
        overrides = type(head).loss is not BaseDecodeHead.loss
        losses.update(add_prefix(
            head.loss(features, data_samples, network.train_cfg) if overrides else
            head_loss(head, head(features), data_samples), name))
    return losses


def losses_of(head: BaseDecodeHead) -> list[nn.Module]:
    """The losses of a decode head as a list; mmseg stores a single one as the module itself."""
    return list(head.loss_decode) if isinstance(head.loss_decode, nn.ModuleList) else [head.loss_decode]


def averages_over_labeled(loss: nn.Module) -> bool:
    """Whether a loss is mmseg's softmax cross entropy, averaged over the labeled pixels without class weights."""
    return (type(loss) is CrossEntropyLoss and loss.avg_non_ignore and loss.reduction == 'mean'
            and loss.class_weight is None and not loss.use_sigmoid and not loss.use_mask)


@torch.no_grad()
def pixel_accuracy(logits: Tensor, label: Tensor, labeled: Tensor, count: Tensor) -> Tensor:
    """Percentage of the labeled pixels that are predicted correctly, (1, ); 100 if there is none, as in mmseg."""
    eps = torch.finfo(torch.float32).eps
    predicted = logits.max(dim=1).indices  # ten times as fast as argmax on a CPU
    correct = ((predicted == label) & labeled).sum()
    return ((correct + eps) * 100 / (count + eps))[None]
