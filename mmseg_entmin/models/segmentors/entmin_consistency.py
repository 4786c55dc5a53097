# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Entropy minimization fused with weak-to-strong consistency under a mean teacher."""
from collections.abc import Sequence
from dataclasses import replace

import torch
from mmseg.utils import SampleList
from torch import Tensor

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS

from ..logits import upsample
from ..options import check_not_negative, check_shares
from ..predictions import SemiPredictions
from ..pseudo_labels import masked_cross_entropy, pseudo_labels
from ..semi_batch import SemiBatch
from ..views import ClassMix, CutMix, MirroredViews, paste
from .entmin import EntMin
from .strong_views import StrongViews
from .taught import Taught


@MODELS.register_module(name=['EntMinConsistency', 'ConsistencySegmentor'])  # the second name is that of 0.x
class EntMinConsistency(Taught, StrongViews, EntMin):
    """What the paper names as its future work: its losses, and a consistency loss on the same forward.

    One training step: the teacher, an average of the student, labels the unlabeled images as they come (the weak view);
    their colors are changed and boxes exchanged among them (the strong view); the student's one forward on that view
    gives the consistency loss with the teacher's labels, and the unsupervised losses of :class:`EntMin`.

    L = L_s + lambda L_u + w L_c, L_c = sum [confidence >= threshold] CE(S(strong), argmax T(weak)) / valid pixels.

    With ``labeled_boxes`` or ``labeled_classes`` pixels of the labeled images are pasted onto the strong views too,
    under their true labels: boxes, as BCP (Bai et al. 2023) does, or all pixels of some classes, as DACS (Tranheden et
    al. 2021). Unlabeled surroundings are learned around pixels that are known, and a wrong label of the teacher meets
    right ones in its own image.

    Passes through the network: supervised 1 forward and backward on the labeled images, 1 on the strong views, both in
    one where that is faster; 1 forward of the teacher on the weak views, 2^k with k ``teacher_flips``. Tests use the
    teacher.

    Args:
        teacher: options of :class:`Teacher`.
        strong_view: options of :class:`StrongView`.
        cutmix: options of :class:`CutMix`.
        labeled_boxes: options of :class:`CutMix` for the boxes of labeled images. Default: none are pasted.
        labeled_classes: options of :class:`ClassMix` for classes of labeled images. Default: none are pasted.
        consistency_weight: w, >= 0. Default 1.
        threshold: confidence of the teacher, in 0..1, under which a pixel is left out of L_c. Default 0.95.
        teacher_flips: the teacher labels an image by the mean over its mirror images, see :class:`MirroredViews`: k
            flips cost it 2^k forwards. Default none.
        running_statistics: 'labeled', the only choice: no test image looks like a strong view.
        **kwargs: see :class:`EntMin`; its ``ramp_up`` acts on w as well.

    Raises:
        ValueError: an option out of its range.
    """

    def __init__(self, *args, teacher: dict | None = None, strong_view: dict | None = None,
                 cutmix: dict | None = None, labeled_boxes: dict | None = None,
                 labeled_classes: dict | None = None, consistency_weight: float = 1., threshold: float = 0.95,
                 teacher_flips: Sequence[str] = (), running_statistics: str = 'labeled', **kwargs) -> None:
        super().__init__(*args, running_statistics=running_statistics, **kwargs)
        check_not_negative(self, consistency_weight=consistency_weight)
        check_shares(self, threshold=threshold)
        if running_statistics != 'labeled':
            raise OptionError('EntMinConsistency', 'running_statistics', running_statistics,
                              "only 'labeled' is possible: strong views do not move the running statistics")
        self.build_views(strong_view, cutmix)
        self.labeled_regions = [mix(**options) for mix, options in (
            (CutMix, labeled_boxes), (ClassMix, labeled_classes)) if options is not None]
        self.mirrored_views = MirroredViews(teacher_flips)
        self.consistency_weight = consistency_weight
        self.threshold = threshold
        self.build_teacher(teacher)

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict:
        """Losses by name, for a batch of labeled and unlabeled images (N, 3, H, W)."""
        batch = SemiBatch.of(inputs, data_samples)
        self.before_step()
        if batch.unlabeled is not None:
            strong_images, target, selected, valid = self.views(batch)
            batch = replace(batch, unlabeled=strong_images)
        labeled, strong = self.forward_both(batch)
        losses = self.supervised_loss(labeled, batch.labeled_samples)
        if strong is not None:
            weight = self.ramp_up()
            strong.valid = None if batch.all_valid else valid
            losses.update(self.unsupervised_loss(strong, weight))
            losses['consistency.weight'] = weight * self.consistency_weight
            losses['consistency.loss'] = losses['consistency.weight'] * self.consistency_loss(
                strong, target, selected, valid)
            losses['consistency.selected'] = selected.sum() / valid.sum()
        return losses

    def views(self, batch: SemiBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Strong views (N, 3, H, W), and for their pixels the teacher's label, whether to train on it, and whether the
        image shows something there, each (N, 1, H, W).

        A pixel is trained on where the teacher is sure enough and the image shows something.
        """
        weak = batch.unlabeled
        target, selected = pseudo_labels(
            self.enlarge(self.mirrored_views.logits(self.teacher, weak), weak), self.threshold)
        view = self.strong(weak, target, selected & batch.valid, batch.valid)
        return self.with_labeled_pixels(view, batch) if self.labeled_regions else view

    def with_labeled_pixels(self, view: Sequence[Tensor], batch: SemiBatch) -> tuple[Tensor, ...]:
        """Strong views and their maps, see :meth:`views`, with regions of the labeled images in other colors; void
        pixels are not pasted. The labeled images take turns where the unlabeled ones are more."""
        partner = torch.arange(len(batch.unlabeled), device=batch.labeled.device) % len(batch.labeled)
        labels = batch.labels[partner, None]
        known = labels != self.decode_head.ignore_index
        colored = self.colored(batch.labeled[partner])
        regions = torch.stack([mix.region(labels, self.num_classes) for mix in self.labeled_regions]).any(dim=0)
        return paste(view, (colored, labels, known, known), known & regions)

    def consistency_loss(self, predictions: SemiPredictions, target: Tensor, selected: Tensor,
                         valid: Tensor) -> Tensor:
        """Cross entropy of the student's mean logits with the teacher's labels: its sum over the selected pixels,
        divided by the number of valid ones; each map (N, 1, H, W)."""
        logits = upsample(predictions.seg_mean, target.shape[2:], self.align_corners)
        return masked_cross_entropy(logits, target, selected, valid.sum())

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """The teacher's logits at the size of the input, (N, C, H, W)."""
        if self.class_refinement is not None:
            self.forward_predictions(inputs)  # the student's classification, which predict() records
        return super().encode_decode(inputs, batch_img_metas)
