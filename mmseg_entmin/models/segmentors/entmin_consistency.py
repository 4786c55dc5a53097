# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The method with weak-to-strong consistency under an EMA teacher."""
from collections.abc import Sequence
from dataclasses import replace

import torch
from mmseg.utils import SampleList
from torch import Tensor

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS

from ..ema_teacher import EMATeacher
from ..logits import resize_logits
from ..losses.predictions import SemiPredictions
from ..options import check_not_negative, options_of
from ..pseudo_labels import check_threshold, masked_cross_entropy, pseudo_labels
from ..semi_batch import SemiBatch
from ..views import ClassMix, CutMix, FlipEnsemble, StrongViews, paste
from .entmin import EntMin


@MODELS.register_module(name=['EntMinConsistency', 'ConsistencySegmentor'])  # the second name is that of 0.x
class EntMinConsistency(EntMin):
    """The paper's losses and a consistency loss on one forward, which the paper names as its future work.

    L = L_s + lambda L_u + w L_c, L_c = sum [confidence >= threshold] CE(S(strong u), argmax T(weak u)) / valid pixels.

    The EMA teacher T labels the unlabeled images as the data pipeline gives them (weak view); their colors are changed
    and boxes are exchanged among them (strong view); the student's one forward on the strong views gives L_c and the
    unsupervised losses of ``EntMin``. The teacher predicts at test time.

    Pixels of the labeled images can be pasted onto the strong views, under their true labels: boxes, as in BCP (Bai et
    al. 2023), or all pixels of some classes, as in DACS (Tranheden et al. 2021).

    Args:
        teacher: options of ``EMATeacher``.
        strong_view: options of ``PhotometricAugmentation``, which needs a data preprocessor that normalizes.
        cutmix: options of ``CutMix``.
        labeled_boxes: options of ``CutMix`` for boxes of labeled images. Default: none are pasted.
        labeled_classes: options of ``ClassMix`` for classes of labeled images. Default: none are pasted.
        consistency_weight: w, >= 0. Default 1.
        threshold: confidence of the teacher below which a pixel is left out of L_c, in 0..1. Default 0.95.
            A list has one for each predicted class: a lower one for a rare class, of which the network is less sure.
        teacher_flips: flips over which the teacher averages its prediction, see ``FlipEnsemble``. Default none.
        running_statistics: 'labeled' (default), since no test image looks like a strong view; or 'unlabeled', where
            the unlabeled images and those to predict come from another source: strong views then move the statistics.
        **kwargs: see ``EntMin``; its ``ramp_up`` acts on w as well.
    """

    test_with_teacher = True

    def __init__(self, *args, teacher: dict | None = None, strong_view: dict | None = None,
                 cutmix: dict | None = None, labeled_boxes: dict | None = None,
                 labeled_classes: dict | None = None, consistency_weight: float = 1.,
                 threshold: float | Sequence[float] = 0.95, teacher_flips: Sequence[str] = (),
                 running_statistics: str = 'labeled', **kwargs) -> None:
        super().__init__(*args, running_statistics=running_statistics, **kwargs)
        check_not_negative(self, consistency_weight=consistency_weight)
        check_threshold(self, threshold, self.num_classes)
        if running_statistics == 'both':
            raise OptionError('EntMinConsistency', 'running_statistics', running_statistics,
                              "only 'labeled' and 'unlabeled' are possible: an average of labeled images and strong "
                              'views fits no test image')
        self.views = StrongViews(self.data_preprocessor, strong_view, cutmix)
        self.labeled_regions: list[CutMix | ClassMix] = []
        for key, mix, options in (('labeled_boxes', CutMix, labeled_boxes),
                                  ('labeled_classes', ClassMix, labeled_classes)):
            if options is not None:
                with options_of(key):
                    self.labeled_regions.append(mix(**options))
        with options_of(self, 'teacher_flips'):
            self.flip_ensemble = FlipEnsemble(teacher_flips)
        self.consistency_weight, self.threshold = consistency_weight, threshold
        self.teacher = EMATeacher(self, **(teacher or {}))

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict:
        """Losses by name, for a batch of labeled and unlabeled images (N, K, H, W)."""
        batch = SemiBatch.of(inputs, data_samples)
        self.teacher.update(self)
        if batch.unlabeled is None:
            return super().loss(inputs, data_samples)
        images, target, selected, valid = self.strong_views(batch)
        labeled, strong = self.forward_both(replace(batch, unlabeled=images))
        strong = replace(strong, valid=None if batch.all_valid else valid)

        losses = self.supervised_loss(labeled, batch.labeled_samples)
        ramp = self.ramp_up()
        losses.update(self.unsupervised_loss(strong, ramp))
        weight = ramp * self.consistency_weight
        losses['consistency.weight'] = weight
        losses['consistency.loss'] = weight * self.consistency_loss(strong, target, selected, valid)
        losses['consistency.selected'] = selected.sum() / valid.sum()
        return losses

    def strong_views(self, batch: SemiBatch) -> tuple[Tensor, ...]:
        """Strong views of the unlabeled images (N, K, H, W), and maps (N, 1, H, W) for L_c.

        They are labels, of the teacher or true; selected pixels, of a confident teacher or a true label; valid pixels.
        """
        weak = batch.unlabeled
        teacher_logits = self.resize(self.flip_ensemble.logits(self.teacher, weak), weak)
        target, confident = pseudo_labels(teacher_logits, self.threshold)
        views = self.views(weak, target, confident & batch.valid, batch.valid)
        return self.paste_labeled(views, batch) if self.labeled_regions else views

    def paste_labeled(self, views: Sequence[Tensor], batch: SemiBatch) -> tuple[Tensor, ...]:
        """Paste regions of labeled images, with other colors, onto ``strong_views``, without ``ignore_index``."""
        partner = torch.arange(len(batch.unlabeled), device=batch.labeled.device) % len(batch.labeled)
        labels = batch.labels[partner, None]
        known = labels != self.decode_head.ignore_index
        images = self.views.recolor(batch.labeled[partner])
        regions = torch.stack([mix.region(labels, self.num_classes) for mix in self.labeled_regions]).any(dim=0)
        return paste(views, (images, labels, known, known), known & regions)

    def consistency_loss(self, predictions: SemiPredictions, target: Tensor, selected: Tensor, valid: Tensor) -> Tensor:
        """L_c of the student's mean logits, with maps (N, 1, H, W) as ``strong_views`` returns them."""
        logits = resize_logits(predictions.seg_mean, target.shape[2:], self.align_corners)
        return masked_cross_entropy(logits, target, selected, valid.sum())
