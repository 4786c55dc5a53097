# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The method: supervised losses on labeled images, entropy minimization on unlabeled ones."""
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import torch
from mmseg.models.decode_heads import ISAHead
from mmseg.utils import OptSampleList, SampleList, add_prefix
from torch import Tensor

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS

from ..activation_checkpointing import checkpointed_parts
from ..batch_norm import BatchParts, keep_running_statistics
from ..decode_heads import UncertaintyHead
from ..decode_heads.mmseg_losses import auxiliary_losses
from ..encoder_stages import encoder_maps, encoder_modules, record_outputs
from ..losses import ClassConsistencyLoss
from ..losses.predictions import SemiPredictions
from ..losses.unsupervised_loss import build_losses
from ..options import check_choice
from ..semi_batch import SemiBatch
from .class_refinement import ClassRefinement
from .semi_supervised_segmentor import SemiSupervisedSegmentor

# On a CPU, batches of at least so many pixels pass in two forwards, which are faster (docs/performance.md).
PIXELS_IN_TWO = 100_000
PAPER_LOSSES = (dict(type='FeatureGradientLoss'), dict(type='AdaptiveSharpeningLoss'),
                dict(type='ClassConsistencyLoss'))
# The parts of a batch, labeled and unlabeled images, that move the running statistics.
MOVING = dict(both=slice(None), labeled=slice(1), unlabeled=slice(1, None))


@MODELS.register_module(name=['EntMin', 'SemiSegmentor'])  # the second name is that of 0.x
class EntMin(SemiSupervisedSegmentor):
    """Semi-supervised segmentation by entropy minimization, over any mmseg backbone, neck and decode head.

    L = L_s + lambda L_u (paper, Eq. 1): L_s are the losses of the decode head and the classification head on the
    labeled images (Eq. 2), L_u is the sum of the unsupervised losses on the unlabeled images (Eq. 3).

    Args:
        backbone: config of any mmseg backbone.
        decode_head: config of an ``UncertaintyHead``, else a TypeError.
        cls_head: config of an ``UncertaintyClsHead``; its ``in_channels`` are those of the encoder's last map.
        unsupervised_losses: configs of the terms of L_u. Default: the paper's three. An empty list is the control:
            classification head and unlabeled forward, but no unsupervised loss.
        unsup_weight: lambda, >= 0. Default 0.1, the paper's.
        ramp_up: options of ``RampUp``, a factor of lambda. Default: none.
        batch_norm: 'separate' (default): labeled and unlabeled images are normalized by separate batch statistics.
            'shared': by those of both together; without pretrained weights this can ruin a training, since the
            supervised loss distorts the unlabeled activations.
        running_statistics: the images that move the running statistics, which the test uses: 'both' (default);
            'labeled' alone, for kinds that are augmented differently, where an average over both fits neither; or
            'unlabeled' alone, where the unlabeled images and those to predict come from another source.
        forward_mode: 'one': labeled and unlabeled images pass in one forward, with the same result as in 'two', one
            after the other. 'auto' (default): the faster one, which is 'one' but for large batches on a CPU. Without
            effect with shared statistics.
        encoder_stages: names of the backbone's submodules whose outputs are the encoder's feature maps, low to high.
            Default: the encoder's in mmseg's backbones that end in a decoder, the outputs of any other backbone.
        test_cfg: mmseg's, and ``class_refinement=dict(threshold=..., background=0)``, see ``ClassRefinement``.
        **kwargs: see ``SemiSupervisedSegmentor``.

    Raises:
        ValueError: heads with different numbers of classes; two losses of one name; an encoder stage without a map.
    """

    reads_class_refinement = True

    def __init__(self, backbone: dict, decode_head: dict, cls_head: dict,
                 unsupervised_losses: Sequence[dict] = PAPER_LOSSES, unsup_weight: float = 0.1,
                 ramp_up: dict | None = None, batch_norm: str = 'separate',
                 running_statistics: str = 'both', forward_mode: str = 'auto',
                 encoder_stages: Sequence[str] | None = None, test_cfg: dict | None = None, **kwargs) -> None:
        super().__init__(backbone, decode_head, unsup_weight, ramp_up, test_cfg=test_cfg, **kwargs)
        if not isinstance(self.decode_head, UncertaintyHead):
            raise TypeError(f'EntMin: decode_head is a {type(self.decode_head).__name__}, it must be '
                            "dict(type='UncertaintyHead', head=dict(type=..., ...))")
        self.cls_head = MODELS.build(cls_head)
        if self.cls_head.num_classes != self.num_classes:
            raise ValueError(f'{type(self).__name__}: cls_head.num_classes={self.cls_head.num_classes}, but '
                             f'decode_head has num_classes={self.num_classes}; give both heads the same classes')
        self.unsupervised_losses = build_losses(unsupervised_losses)
        self.absent_threshold = next(
            (term.threshold for term in self.unsupervised_losses if isinstance(term, ClassConsistencyLoss)), None)
        self.batch_norm, self.running_statistics = batch_norm, running_statistics
        folds = any(isinstance(module, ISAHead) for module in self.modules())  # several maps of each image
        self.forward_mode = 'two' if folds and forward_mode == 'auto' and batch_norm == 'separate' else forward_mode
        self.checkpointed = bool(checkpointed_parts(self.backbone))
        self.check_forward_options(folds)
        self.batch_parts = BatchParts(MOVING[running_statistics])
        self.encoder_modules = encoder_modules(self.backbone, encoder_stages)
        refinement = (test_cfg or {}).get('class_refinement')
        self.class_refinement = None if refinement is None else ClassRefinement(**refinement)
        if refinement is not None:
            self.class_refinement.check_background(self.num_classes)

    def check_forward_options(self, folds: bool) -> None:
        """Raise an OptionError for a choice that does not exist, or that another option makes impossible."""
        for option, choices in (('batch_norm', ('separate', 'shared')), ('running_statistics', tuple(MOVING)),
                                ('forward_mode', ('auto', 'one', 'two'))):
            check_choice(self, option, getattr(self, option), choices)
        if self.running_statistics != 'both' and self.batch_norm == 'shared':
            raise OptionError(type(self).__name__, 'running_statistics', self.running_statistics,
                              "needs batch_norm='separate'; with 'shared' all statistics are of both kinds of images")
        if folds and self.forward_mode == 'one' and self.batch_norm == 'separate':
            raise OptionError(type(self).__name__, 'forward_mode', 'one',
                              "ISAHead makes several maps of each image, whose batch norms need 'two' or 'auto'")
        if self.running_statistics != 'both' and self.forward_mode == 'two' and self.checkpointed:
            raise OptionError(type(self).__name__, 'forward_mode', 'two',
                              'with backbone.with_cp, which computes the backbone again, all images would move the '
                              "running statistics; set forward_mode='auto'")

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict:
        """Losses of Eq. 1 by name, for a batch of labeled and unlabeled images (N, K, H, W)."""
        batch = SemiBatch.of(inputs, data_samples)
        labeled, unlabeled = self.forward_both(batch)
        losses = self.supervised_loss(labeled, batch.labeled_samples)
        if unlabeled is not None:
            unlabeled = replace(unlabeled, valid=None if batch.all_valid else batch.valid)
            losses.update(self.unsupervised_loss(unlabeled, self.ramp_up()))
        return losses

    def supervised_loss(self, predictions: SemiPredictions, data_samples: SampleList) -> dict:
        """L_s: segmentation and classification loss of Eq. 2, and mmseg's losses of auxiliary heads."""
        losses = add_prefix(self.decode_head.loss_by_feat(predictions.seg_outputs, data_samples), 'decode')
        losses.update(add_prefix(self.cls_head.loss_by_feat(
            predictions.cls_mean, predictions.cls_var, data_samples, self.decode_head.ignore_index,
            self.absent_threshold), 'cls'))
        return losses | auxiliary_losses(self, predictions.decoder_inputs, data_samples)

    def unsupervised_loss(self, predictions: SemiPredictions, ramp: Tensor) -> dict:
        """lambda L_u: each unsupervised loss of Eq. 3, weighted, and lambda itself, of which ``ramp`` is a factor."""
        weight = self.unsup_weight * ramp
        losses = {'unsup.weight': weight}
        for term in self.unsupervised_losses:
            losses[f'unsup.{term.loss_name}'] = weight * term.loss_weight * term(predictions)
        return losses

    def forward_both(self, batch: SemiBatch) -> tuple[SemiPredictions, SemiPredictions | None]:
        """Predictions for the labeled and the unlabeled images, with separate or shared batch statistics."""
        parts = self.batch_parts
        parts.begin(None)
        if batch.unlabeled is None:
            return self.forward_predictions(batch.labeled), None
        images = batch.labeled, batch.unlabeled
        if self.batch_norm == 'separate' and self.in_two(images):
            with self.keep_statistics('unlabeled'):
                labeled = self.forward_predictions(batch.labeled)
            return labeled, self.forward_unlabeled(batch.unlabeled)
        if self.batch_norm == 'separate':  # with shared statistics the batch norms see one batch
            parts.attach(self.backbone, getattr(self, 'neck', None), self.decode_head, self.cls_head)
        parts.begin([len(part) for part in images])
        predictions = self.forward_predictions(parts.join(images)).split(parts)
        parts.update_running_statistics()
        return tuple(predictions)

    def in_two(self, images: Sequence[Tensor]) -> bool:
        """Whether the labeled and the unlabeled images, each (n, 3, H, W), pass in two forwards."""
        if self.forward_mode != 'auto':
            return self.forward_mode == 'two'
        pixels = sum(part.numel() // part.shape[1] for part in images)
        # DistributedDataParallel takes a part that is computed again in the backward pass once a step
        return images[0].device.type == 'cpu' and pixels >= PIXELS_IN_TWO and not self.checkpointed

    def forward_predictions(self, inputs: Tensor) -> SemiPredictions:
        """One forward of the encoder and both heads for images (N, 3, H, W)."""
        features, outputs = encoder_maps(self.backbone, self.encoder_modules, inputs)
        decoder_inputs = self.neck(outputs) if self.with_neck else outputs
        cls_mean, cls_var = self.cls_head(features)
        return SemiPredictions(features, decoder_inputs, self.decode_head(decoder_inputs), cls_mean, cls_var,
                               self.cls_head.activation)

    def forward_unlabeled(self, inputs: Tensor) -> SemiPredictions:
        """One forward for unlabeled images alone, with the gradients that the unsupervised losses need."""
        with self.keep_statistics('labeled'), self.decode_head.variance_gradient(
                any(term.variance_grad for term in self.unsupervised_losses)):
            return self.forward_predictions(inputs)

    def keep_statistics(self, moved_by: str) -> AbstractContextManager[None]:
        """Keeps the running statistics inside the context if these images alone move them."""
        return keep_running_statistics(self) if self.running_statistics == moved_by else nullcontext()

    def predict(self, inputs: Tensor, data_samples: OptSampleList = None) -> SampleList:
        """mmseg's prediction by the mean logits; ``class_refinement`` masks the classes absent from all windows."""
        if self.class_refinement is None:
            return super().predict(inputs, data_samples)
        with record_outputs([self.cls_head]) as windows:
            results = super().predict(inputs, data_samples)
        presence = torch.stack([self.cls_head.predict(mean) for mean, _ in windows]).amax(dim=0)
        return self.class_refinement.refine(results, presence)

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """The predictor's mean logits at the size of the input, (N, C, H, W)."""
        if self.class_refinement is None:
            return super().encode_decode(inputs, batch_img_metas)
        seg_mean = self.forward_predictions(inputs).seg_mean  # also runs the classification, which predict() records
        if self.test_with_teacher:
            seg_mean = self.teacher(inputs)
        return self.decode_head.predict_by_feat(seg_mean, batch_img_metas)
