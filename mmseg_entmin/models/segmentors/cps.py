# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Cross pseudo supervision, CPS (Chen et al. 2021)."""
import copy

import torch
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..activation_checkpointing import refuse_checkpointed_norms
from ..batch_norm import keep_running_statistics
from ..decode_heads.head_logits import logits_of
from ..mmseg_fixes import channels_first
from ..pseudo_labels import class_shares, masked_cross_entropy, pseudo_labels
from ..semi_batch import SemiBatch
from ..valid_pixels import valid_pixels
from ..views import CutMix
from .semi_supervised_segmentor import SemiSupervisedSegmentor, supervised_losses


@MODELS.register_module()
class CPS(SemiSupervisedSegmentor):
    """Two networks of one architecture, each trained on the other's hard labels.

    L = CE(S1(x), y) + CE(S2(x), y) + w [CE(S1(z), argmax S2(z)) + CE(S2(z), argmax S1(z))],
    z the labeled AND the unlabeled images; no threshold.

    The networks differ by their initialization alone (a pretrained encoder is the same in both); network 1 predicts at
    test time. With ``cutmix``, z are the unlabeled images with boxes of each other, labeled by the mixed predictions;
    they leave the running statistics alone.

    Args:
        cutmix: options of ``CutMix``, whose ``aspect`` is None here; those of the paper: dict(prob=1., num_boxes=3,
            area=(0.25, 0.5)), with w = 1, mix 25 % of the pixels. Batch norms ``with_cp`` are refused. Default: none.
        unsup_weight: w. Default 1.5, the paper's for VOC (6 for Cityscapes).
    """

    def __init__(self, backbone: dict, decode_head: dict, cutmix: dict | None = None, unsup_weight: float = 1.5,
                 neck: dict | None = None, auxiliary_head: dict | None = None, **kwargs) -> None:
        parts = dict(backbone=backbone, decode_head=decode_head, neck=neck, auxiliary_head=auxiliary_head)
        second = copy.deepcopy(parts)
        super().__init__(**parts, unsup_weight=unsup_weight, **kwargs)
        if kwargs.get('pretrained') is not None:
            second['pretrained'] = kwargs['pretrained']
        self.second = MODELS.build(dict(type='EncoderDecoder', **second))
        channels_first(self.second.backbone)
        self.cutmix = None
        if cutmix is not None:
            refuse_checkpointed_norms(self, self.backbone)
            self.cutmix = CutMix(**{'aspect': None, **cutmix})

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        second_losses, second_labeled = supervised_losses(self.second, batch.labeled, batch.labeled_samples)
        if self.cutmix is None:
            logits = self.segment_both(batch.unlabeled)
            labeled = [self.resize(x, batch.labeled) for x in (labeled_logits, second_labeled)]
            valid = torch.cat([valid_pixels(batch.labeled, batch.labeled_samples), batch.valid])
            losses = self.cross_losses([torch.cat(pair) for pair in zip(labeled, logits)], valid)
        else:
            with torch.no_grad():
                logits = self.segment_both(batch.unlabeled)
            mixed, *labels, valid = self.cutmix(batch.unlabeled, *(pseudo_labels(x)[0] for x in logits), batch.valid)
            with keep_running_statistics(self):
                losses = self.cross_losses(self.segment_both(mixed), valid, labels)
        return {
            **{f'second.{name}': value for name, value in second_losses.items()},
            'unsup.loss_first': weight * losses[0],
            'unsup.loss_second': weight * losses[1],
            **class_shares(logits[0])}

    def segment_both(self, images: Tensor) -> list[Tensor]:
        """Logits (N, C, H, W) of the two networks at the size of the images (N, 3, H, W)."""
        second = logits_of(self.second.decode_head, self.second.decode_head(self.second.extract_feat(images)))
        return [self.segment(images), self.resize(second, images)]

    @staticmethod
    def cross_losses(logits: list[Tensor], valid: Tensor, labels: list[Tensor] | None = None) -> list[Tensor]:
        """Mean cross entropy of each network's logits (N, C, H, W) with the other's labels, by default predictions."""
        labels = labels or [pseudo_labels(x)[0] for x in logits]
        return [masked_cross_entropy(x, target, valid, valid.sum()) for x, target in zip(logits, labels[::-1])]
