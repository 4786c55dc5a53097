# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Uncertainty-aware mean teacher, UA-MT (Yu et al. 2019)."""
import math

import torch
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS

from ..module_states import training_mode
from ..options import check_at_least_one
from ..pseudo_labels import class_shares
from ..ramp_up import RampUp
from ..semi_batch import SemiBatch
from .mean_teacher import MeanTeacher


@MODELS.register_module()
class UAMT(MeanTeacher):
    """Mean Teacher on the pixels where the teacher is certain.

    L = CE(S(x), y) + w(t) sum M (softmax S(u) - q)^2 / (C sum M), q = softmax T(u + n), sums over pixels and classes;
    M = [U < (0.75 + 0.25 G(t)) ln C], G the sigmoid ramp;
    U = - sum_c m_c ln m_c, m the mean softmax of K passes of T with noise drawn anew and dropout switched on.

    Differs from the released code: ln C and C in place of its ln 2 and 2, which ports to more classes kept
    (``released_constants``); the teacher is in eval mode, but for the dropout of its K passes (``training_teacher``).
    The passes differ by dropout (``decode_head.dropout_ratio``) and noise.

    Args:
        num_passes: K, >= 1. Default 8.
        threshold_iters: training steps over which the threshold rises to ln C. Default 6000, the paper's training.
        released_constants: ln 2 and 2 for any C. Default False.
        training_teacher: all passes of the teacher have dropout and batch statistics, as released. Default False.
        test_with_teacher: the teacher predicts at test time. Default False, the student.
        unsup_weight: w. Default 0.1, UA-MT's; its ``ramp_up`` is the sigmoid over the whole training.
        **kwargs: ``teacher`` and ``noise``, see ``MeanTeacher``, and those of ``SemiSupervisedSegmentor``.
    """

    def __init__(self, *args, num_passes: int = 8, threshold_iters: int = 6000, released_constants: bool = False,
                 training_teacher: bool = False, test_with_teacher: bool = False, unsup_weight: float = 0.1,
                 **kwargs) -> None:
        super().__init__(*args, test_with_teacher=test_with_teacher, unsup_weight=unsup_weight, **kwargs)
        check_at_least_one(self, num_passes=num_passes)
        self.num_passes = num_passes
        self.constant = 2 if released_constants else self.num_classes
        self.threshold_ramp = RampUp(threshold_iters)
        self.training_teacher = training_teacher

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        images = batch.unlabeled
        target = self.teacher_probs(images)
        certain = (self.uncertainty(images) < self.threshold()) & batch.valid
        logits = self.segment(images)
        squared = (logits.softmax(dim=1) - target).square() * certain
        return {
            'unsup.loss_consistency': weight * squared.sum() / (self.constant * certain.sum() + 1e-16),
            'unsup.selected': certain.sum() / batch.valid.sum(),
            **class_shares(logits)}

    def threshold(self) -> Tensor:
        """(0.75 + 0.25 G(t)) ln C, a scalar; counts the step."""
        return (0.75 + 0.25 * self.threshold_ramp()) * math.log(self.constant)

    def teacher_probs(self, images: Tensor) -> Tensor:
        """The teacher's probabilities (N, C, H, W) for images (N, K, H, W) with noise."""
        with self.teacher.passes(training=self.training_teacher):
            logits = self.teacher(self.noise(images))
        return self.resize(logits, images).softmax(dim=1)

    @torch.no_grad()
    def uncertainty(self, images: Tensor) -> Tensor:
        """U, the entropy of the mean of K stochastic predictions of the teacher, (N, 1, H, W), in 0..ln C."""
        dropouts = [m for m in self.teacher.modules() if isinstance(m, nn.modules.dropout._DropoutNd)]
        with training_mode(dropouts, training=True):
            mean = sum(self.teacher_probs(images) for _ in range(self.num_passes)) / self.num_passes
        return -(mean * (mean + 1e-6).log()).sum(dim=1, keepdim=True)
