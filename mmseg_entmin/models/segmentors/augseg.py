# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""AugSeg (Zhao et al. 2023)."""
import math

import torch
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..batch_norm import keep_running_statistics
from ..ema_teacher import EMATeacher
from ..options import options_of
from ..pseudo_labels import class_shares
from ..semi_batch import SemiBatch
from ..valid_pixels import valid_pixels
from ..views import IntensityAugmentation, paste
from .fixmatch import FixMatch


@MODELS.register_module()
class AugSeg(FixMatch):
    """FixMatch with an EMA teacher, random changes of intensity, and boxes of labeled images where it is unsure.

    L = CE(S(x), y) + w L_s, labels and confidence from the EMA teacher T on the weak view.

    The mean over an image of (1 - H(p) / ln C) max p, p = softmax T(u), is the probability that the image gets no box
    of a labeled image, with its labels. Then each image gets a box of another one, made so. A side of the boxes is the
    share sqrt(1 - a) of the image's, a from Beta(8, 2) and from Beta(4, 4), the same for the batch.

    Differs from the released code: labeled and unlabeled images have separate batch statistics, and strong views leave
    the running ones alone; the teacher is averaged from the first step on, there after an epoch; padding does not
    count; ``IntensityAugmentation`` is torchvision's. ``cutmix`` and ``eval_partner`` are no options.

    Args:
        strong_view: options of ``IntensityAugmentation``.
        teacher: options of ``EMATeacher``. Default decay 0.999, the released one.
        test_with_teacher: True (default): the teacher predicts at test time; False: the student.
        **kwargs: ``threshold``, see ``FixMatch``, which pixels of labeled images always reach, and those of
            ``SemiSupervisedSegmentor``.
    """

    def __init__(self, *args, strong_view: dict | None = None, teacher: dict | None = None,
                 test_with_teacher: bool = True, **kwargs) -> None:
        super().__init__(*args, strong_view=None, cutmix=None, eval_partner=False, **kwargs)
        with options_of('strong_view'):
            self.views.photometric = IntensityAugmentation(**(strong_view or {}))
        self.teacher = EMATeacher(self, **{'decay': 0.999, **(teacher or {})})
        self.test_with_teacher = test_with_teacher

    def before_step(self) -> None:
        self.teacher.update(self)

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        weak_logits = self.resize(self.teacher(batch.unlabeled), batch.unlabeled)
        unlabeled = (self.views.recolor(batch.unlabeled), *self.labels(batch, weak_logits))
        strong, *labels = self.mix(unlabeled, self.labeled_maps(batch), certainty(weak_logits))
        with keep_running_statistics(self):
            logits = self.segment(strong)
        loss, selected = self.strong_loss(logits, *labels)
        return {'unsup.loss_strong': weight * loss, 'unsup.selected': selected, **class_shares(weak_logits)}

    def labeled_maps(self, batch: SemiBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The labeled images (N_l, K, H, W), and labels, selected and valid pixels, each (N_l, 1, H, W)."""
        labels = batch.labels[:, None]
        known = labels != self.decode_head.ignore_index
        return batch.labeled, labels.where(known, 0), known, valid_pixels(batch.labeled, batch.labeled_samples)

    def mix(self, unlabeled: tuple[Tensor, ...], labeled: tuple[Tensor, ...], sure: Tensor) -> tuple[Tensor, ...]:
        """The unlabeled tensors (N, M, H, W) with boxes of the labeled ones, (N_l, M, H, W), and of one another."""
        images, device = unlabeled[0], unlabeled[0].device
        drawn = self.draw(len(images), *images.shape[2:])
        of_labeled, of_others, order, chance = (x.to(device, non_blocking=True) for x in drawn)
        of_labeled = of_labeled & (chance > sure)[:, None, None, None]
        mixed = paste(unlabeled, [x[order % len(x)] for x in labeled], of_labeled)
        return paste(unlabeled, [x[order] for x in mixed], of_others)

    def draw(self, count: int, height: int, width: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Draw the boxes of both kinds, (count, 1, H, W), bool, the partners, and numbers in 0..1, (count, )."""
        kept = [torch.distributions.Beta(*shape, validate_args=False).sample() for shape in ((8., 2.), (4., 4.))]
        boxes = [self.boxes(count, height, width, share) for share in kept]
        return *boxes, torch.randperm(count), torch.rand(count)

    @staticmethod
    def boxes(count: int, height: int, width: int, kept: Tensor) -> Tensor:
        """Draw boxes around places from an eighth of each side on, which leave the share ``kept``, (count, 1, H, W)."""
        inside = []
        for side in (height, width):
            half = ((1 - kept).sqrt() * side).floor() // 2
            distance = torch.arange(side) - torch.randint(side // 8, side, (count, 1))
            inside.append((distance >= -half) & (distance < half))
        return inside[0][:, None, :, None] & inside[1][:, None, None, :]


@torch.no_grad()
def certainty(logits: Tensor) -> Tensor:
    """The mean over an image of (1 - H(p) / ln C) max p, in 0..1, (N, ), for logits (N, C, H, W)."""
    probs = logits.softmax(dim=1)
    entropy = -(probs * (probs + 1e-10).log()).sum(dim=1)
    return ((1 - entropy / math.log(logits.shape[1])) * probs.amax(dim=1)).mean(dim=(1, 2))
