# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Consistency under transformations (Bortsova et al. 2019)."""
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..batch_norm import keep_running_statistics
from ..options import options_of
from ..pseudo_labels import class_shares
from ..semi_batch import SemiBatch
from ..valid_pixels import valid_pixels
from ..views import ElasticDeformation, deform, deform_mask
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class TransformConsistency(SemiSupervisedSegmentor):
    """The prediction for a deformed image equals the deformed prediction for the image.

    L = CE(S(x), y) + w(t) mean (p(T z) - T p(z))^2, p = softmax S, over all classes, and over the pixels of the labeled
    and the unlabeled images z that show a pixel of the image.

    T are elastic deformations, drawn anew for each image. Both predictions get the gradient, through T too. Pixels for
    which T leaves the image, or meets an empty pixel, do not count.

    There is no released code. Differs from the paper: labels are learned on whole images alone, there in both branches;
    deformed images leave the running statistics alone.

    Args:
        deformation: options of ``ElasticDeformation``.
        unsup_weight: w. Default 1.
        **kwargs: those of ``SemiSupervisedSegmentor``.
    """

    def __init__(self, *args, deformation: dict | None = None, unsup_weight: float = 1., **kwargs) -> None:
        super().__init__(*args, unsup_weight=unsup_weight, **kwargs)
        with options_of('deformation'):
            self.deformation = ElasticDeformation(**(deformation or {}))

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        logits = self.segment(batch.unlabeled)
        squared, count = self.distance(batch.unlabeled, logits, batch.valid)
        of_labeled = self.distance(batch.labeled, self.resize(labeled_logits, batch.labeled),
                                   valid_pixels(batch.labeled, batch.labeled_samples))
        squared, count = squared + of_labeled[0], count + of_labeled[1]
        loss = squared / (self.num_classes * count).clamp(min=1)
        return {'unsup.loss_consistency': weight * loss, **class_shares(logits)}

    def distance(self, images: Tensor, logits: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Sum of the squared distances for images (N, K, H, W) and their logits (N, C, H, W), and number of pixels."""
        places = self.deformation(len(images), *images.shape[2:]).to(images.device, non_blocking=True)
        valid = deform_mask(valid, places)
        with keep_running_statistics(self):
            deformed = self.segment(deform(images, places)).softmax(dim=1)
        return ((deformed - deform(logits.softmax(dim=1), places)).square() * valid).sum(), valid.sum()
