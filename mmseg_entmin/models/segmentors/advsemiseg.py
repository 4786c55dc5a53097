# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""AdvSemiSeg (Hung et al. 2018)."""
import torch
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..discriminators.gan_loss import gan_loss, one_hot_labels
from ..module_states import frozen
from ..options import check_not_negative, check_shares
from ..pseudo_labels import class_shares, masked_cross_entropy, pseudo_labels
from ..ramp_up import RampUp
from ..semi_batch import SemiBatch
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class AdvSemiSeg(SemiSupervisedSegmentor):
    """A discriminator D of pixels tells labels from predictions, and selects the predictions to train on.

    L = CE(S(x), y) + w [l_adv BCE(D(p_x), 1) + l_adv_u BCE(D(p_u), 1) + l_semi L_semi],
    L_semi the mean CE(S(u), argmax p_u) over the pixels with sigmoid D(p_u) >= T, from step ``semi_begin`` on.

    D, frozen there, learns in the same step
    L_D = 1/2 BCE(D(sg p_x, sg p_u), 0) + 1/2 BCE(D(one-hot y), 1), without the ignored pixels.
    It has an optimizer of its own: ``optim_wrapper=dict(constructor='SubmoduleOptimWrapperConstructor',
    submodules=dict(discriminator=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99)))))``.

    Differs from the released code: y is of the batch's own labeled images, not of a third loader; where no pixel
    passes T only L_semi is 0, the adversarial terms stay.

    Args:
        discriminator: options, or type and options; default a ``PixelDiscriminator``.
        adv_weight: l_adv. Default 0.01.
        adv_unlabeled_weight: l_adv_u. Default 0.001.
        semi_weight: l_semi. Default 0.1.
        threshold: T, in 0..1. Default 0.2.
        semi_begin: training steps before L_semi sets in. Default 5000, of 20,000.
        unlabeled_to_discriminator: D learns that p_u is fake, as in the released code. Default True.
    """

    def __init__(self, *args, discriminator: dict | None = None, adv_weight: float = 0.01,
                 adv_unlabeled_weight: float = 0.001, semi_weight: float = 0.1, threshold: float = 0.2,
                 semi_begin: int = 5000, unlabeled_to_discriminator: bool = True, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        check_not_negative(self, adv_weight=adv_weight, adv_unlabeled_weight=adv_unlabeled_weight,
                           semi_weight=semi_weight)
        check_shares(self, threshold=threshold)
        self.adv_weight, self.adv_unlabeled_weight = adv_weight, adv_unlabeled_weight
        self.semi_weight, self.threshold = semi_weight, threshold
        self.semi_ramp = RampUp(begin=semi_begin)
        self.unlabeled_to_discriminator = unlabeled_to_discriminator
        self.discriminator = MODELS.build(
            {'type': 'PixelDiscriminator', 'num_classes': self.num_classes, **(discriminator or {})})

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        logits = self.segment(batch.unlabeled)
        labeled_probs = self.resize(labeled_logits, batch.labeled).softmax(dim=1)
        probs = logits.softmax(dim=1)
        real = one_hot_labels(batch.labels, self.num_classes, self.decode_head.ignore_index)
        known = real.sum(dim=1, keepdim=True)  # pixels with a label
        valid = batch.valid

        with frozen(self.discriminator):
            labeled_scores, scores = self.discriminator(labeled_probs), self.discriminator(probs)
        target, _ = pseudo_labels(logits)
        selected = (scores.detach().float().sigmoid() >= self.threshold) & valid
        semi = masked_cross_entropy(logits, target, selected, selected.sum())
        return {
            'unsup.loss_adv_labeled': weight * self.adv_weight * gan_loss(labeled_scores, True, known),
            'unsup.loss_adv': weight * self.adv_unlabeled_weight * gan_loss(scores, True, valid),
            'unsup.loss_semi': weight * self.semi_weight * self.semi_ramp() * semi,
            'unsup.selected': selected.sum() / valid.sum(),
            'discriminator.loss': self.discriminator_loss(labeled_probs.detach(), probs.detach(), real, known, valid),
            **class_shares(logits)}

    def discriminator_loss(self, labeled_probs: Tensor, probs: Tensor, real: Tensor, known: Tensor,
                           valid: Tensor) -> Tensor:
        """L_D from p_x, p_u and one-hot y, each (N, C, H, W), over the pixels ``known`` of x and ``valid`` of u."""
        fake_scores, pixels = [self.discriminator(labeled_probs)], [known]
        real_scores = self.discriminator(real)
        if self.unlabeled_to_discriminator:
            fake_scores.append(self.discriminator(probs))
            pixels.append(valid.float())
        fake = gan_loss(torch.cat(fake_scores), False, torch.cat(pixels))
        return (fake + gan_loss(real_scores, True, known)) / 2
