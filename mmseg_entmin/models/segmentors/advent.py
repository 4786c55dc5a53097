# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Entropy minimization (Grandvalet and Bengio 2005; MinEnt of ADVENT, Vu et al. 2019)."""
from collections.abc import Sequence

import torch
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..encoder_stages import maps_of
from ..losses import ClassConsistencyLoss
from ..losses.predictions import SemiPredictions
from ..losses.unsupervised_loss import build_losses
from ..pseudo_labels import class_shares
from ..semi_batch import SemiBatch
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module(name=['Advent', 'EntropyMinimization'])  # the second name is that of 0.x
class Advent(SemiSupervisedSegmentor):
    """Minimizes the entropy of the prediction for unlabeled images.

    L = CE(S(x), y) + w(t) H(S(u)), H = - sum_c p_c ln p_c, mean over the pixels at the size of the images.

    ``EntropyLoss`` divides H by ln C as ADVENT's MinEnt does; with ``normalize=False`` it is Grandvalet and Bengio's.
    Differs from the released ADVENT: an auxiliary head gets no entropy loss.

    Args:
        unsupervised_losses: configs of the entropy loss, and of others on the same prediction (with variance 0), but
            not ``ClassConsistencyLoss``. Default: ``EntropyLoss``.
        unsup_weight: w. Default 0.001, ADVENT's.
    """

    def __init__(self, *args, unsupervised_losses: Sequence[dict] = (dict(type='EntropyLoss'), ),
                 unsup_weight: float = 0.001, **kwargs) -> None:
        super().__init__(*args, unsup_weight=unsup_weight, **kwargs)
        self.unsupervised_losses = build_losses(unsupervised_losses)
        if any(isinstance(loss, ClassConsistencyLoss) for loss in self.unsupervised_losses):
            raise ValueError('Advent: unsupervised_losses has ClassConsistencyLoss, which needs the '
                             'classification head of EntMin')

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        features = self.encode(batch.unlabeled)
        logits = self.decode(features, batch.unlabeled)
        predictions = SemiPredictions(
            maps_of(self.backbone, features), decoder_inputs=(), seg_outputs=(logits, torch.zeros_like(logits)),
            cls_mean=None, cls_var=None, cls_activation='softmax', valid=None if batch.all_valid else batch.valid)
        losses = {f'unsup.{term.loss_name}': weight * term.loss_weight * term(predictions)
                  for term in self.unsupervised_losses}
        return {**losses, **class_shares(logits)}
