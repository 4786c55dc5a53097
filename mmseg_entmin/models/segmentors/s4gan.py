# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""s4GAN and its MLMT branch (Mittal et al. 2019)."""
import torch.nn.functional as F
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS

from ..cls_heads import MLMTClassifier
from ..discriminators.gan_loss import gan_loss, one_hot_labels
from ..module_states import frozen
from ..options import check_not_negative, check_shares
from ..pseudo_labels import class_shares, pseudo_labels
from ..ramp_up import RampUp
from ..semi_batch import SemiBatch
from ..valid_pixels import valid_mean
from ..views import check_normalizes
from .class_refinement import ClassRefinement
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class S4GAN(SemiSupervisedSegmentor):
    """A discriminator of images with maps gives features to match and selects images; a classifier filters classes.

    L = CE(S(x), y) + w [l_fm L_fm + l_st L_st],
    L_fm = mean |mean_batch f(y, x) - mean_batch f(p_u, u)|, f the feature of D;
    L_st = mean CE(S(u_i), argmax p_ui) over the images with sigmoid D(p_ui, u_i) > threshold, not in the first step.

    D, frozen there, learns in the same step L_D = (BCE(D(sg p_u, u), 0) + BCE(D(one-hot y, x), 1)) / 2. It has an
    optimizer of its own, see ``AdvSemiSeg``.

    Differs from the released code: y and x are the batch's own labeled images, not a third loader's, and are scaled by
    the range of their own batch; MLMT is trained in the same run; its classes are masked, where the released code
    multiplies logits by 0, so that a removed class wins among negative ones.

    Args:
        discriminator: options, or type and options; default an ``ImageDiscriminator``.
        feature_weight: l_fm. Default 0.1.
        self_training_weight: l_st. Default 1.
        threshold: of D's score, in 0..1. Default 0.6 (0.7 for Cityscapes).
        classifier: options of ``MLMTClassifier``; it needs a data preprocessor that normalizes. Default: none.
        presence_threshold: of ``ClassRefinement``, which masks absent classes in tests, in 0..1. Default 0.2.
    """

    def __init__(self, backbone: dict, *args, discriminator: dict | None = None, feature_weight: float = 0.1,
                 self_training_weight: float = 1., threshold: float = 0.6, classifier: dict | None = None,
                 presence_threshold: float = 0.2, **kwargs) -> None:
        super().__init__(backbone, *args, **kwargs)
        check_not_negative(self, feature_weight=feature_weight, self_training_weight=self_training_weight)
        check_shares(self, threshold=threshold)
        self.feature_weight, self.self_training_weight = feature_weight, self_training_weight
        self.threshold = threshold
        self.not_first = RampUp(begin=1)
        self.discriminator = MODELS.build({
            'type': 'ImageDiscriminator', 'num_classes': self.num_classes,
            'in_channels': backbone.get('in_channels', 3), **(discriminator or {})})
        self.classifier = self.class_refinement = None
        if classifier is not None:
            check_normalizes(self.data_preprocessor)  # its strong view changes colors
            channels = [part.get('in_channels', 3) for part in (backbone, classifier['backbone'])]
            if channels[0] != channels[1]:
                raise OptionError('classifier.backbone', 'in_channels', channels[1], f'the images have {channels[0]}')
            self.classifier = MLMTClassifier(num_classes=self.num_classes, **classifier)
            self.class_refinement = ClassRefinement(presence_threshold)

    def before_step(self) -> None:
        if self.classifier is not None:
            self.classifier.teacher.update(self.classifier)

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        images = batch.unlabeled
        logits = self.segment(images)
        probs = logits.softmax(dim=1)
        real = one_hot_labels(batch.labels, self.num_classes, self.decode_head.ignore_index)

        with frozen(self.discriminator):
            scores, features = self.discriminator(probs, images)
        real_scores, real_features = self.discriminator(real, batch.labeled)
        fake_scores, _ = self.discriminator(probs.detach(), images)

        matching = (real_features.detach().mean(dim=0) - features.mean(dim=0)).abs().mean()
        selected = scores.detach().float().sigmoid() > self.threshold
        pixels = F.cross_entropy(logits, pseudo_labels(logits)[0][:, 0], reduction='none')[:, None]
        of_images = valid_mean(pixels, batch.valid, dim=(1, 2, 3))
        self_training = (of_images * selected).sum() / selected.sum().clamp(min=1)
        losses = {
            'unsup.loss_features': weight * self.feature_weight * matching,
            'unsup.loss_self_training': weight * self.self_training_weight * self.not_first() * self_training,
            'unsup.selected': selected.float().mean(),
            'discriminator.loss': (gan_loss(fake_scores, False) + gan_loss(real_scores, True)) / 2,
            **class_shares(logits)}
        if self.classifier is not None:
            losses.update(self.classifier.loss(batch, self.data_preprocessor, self.decode_head.ignore_index))
        return losses

    def predict(self, inputs: Tensor, data_samples: OptSampleList = None) -> SampleList:
        """mmseg's prediction, without the classes that the classifier predicts to be absent from the image."""
        results = super().predict(inputs, data_samples)
        if self.classifier is None:
            return results
        return self.class_refinement.refine(results, self.classifier.predict(inputs))
