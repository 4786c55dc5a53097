# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The method: supervised losses on labeled images, entropy minimization on unlabeled ones."""
from collections.abc import Sequence
from contextlib import nullcontext

import torch
from mmseg.utils import OptSampleList, SampleList, add_prefix
from torch import Tensor

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS

from ..batch_norm import BatchParts, keep_running_statistics
from ..checkpointing import checkpointed
from ..decode_heads import UncertaintyHead
from ..decode_heads.supervised_loss import auxiliary_losses
from ..encoder_stages import encoder_maps, encoder_modules, record_outputs
from ..losses import ClassConsistencyLoss
from ..losses.unsupervised_loss import build_losses
from ..options import check_choice
from ..predictions import SemiPredictions
from ..semi_batch import SemiBatch
from .class_refinement import ClassRefinement
from .semi_supervised_segmentor import SemiSupervisedSegmentor

# Pixels of a batch from which on it passes in two on a CPU, where two are faster; below they are by less, or level
# (docs/performance.md), and the committed runs on small images passed in one.
PIXELS_IN_TWO = 100_000
PAPER_LOSSES = (dict(type='FeatureGradientLoss'), dict(type='AdaptiveSharpeningLoss'),
                dict(type='ClassConsistencyLoss'))


@MODELS.register_module(name=['EntMin', 'SemiSegmentor'])  # the second name is that of 0.x
class EntMin(SemiSupervisedSegmentor):
    """Semi-supervised segmentation by entropy minimization, over any mmseg backbone, neck and decode head.

    L = L_s + lambda L_u (paper, Eq. 1): L_s are the losses of the two heads on the labeled images (Eq. 2), L_u the sum
    of the unsupervised losses on the unlabeled ones (Eq. 3). A sample is labeled if it carries ``gt_sem_seg``. At
    test time it is an ordinary mmseg segmentor.

    Args:
        backbone: config of any mmseg backbone.
        decode_head: config of an :class:`UncertaintyHead`.
        cls_head: config of an :class:`UncertaintyClsHead`; its ``in_channels`` are those of the encoder's last map.
        unsupervised_losses: configs of the terms of L_u; default the paper's three. An empty list is the control:
            second head and unlabeled forward, but no unsupervised loss.
        unsup_weight: lambda, >= 0. Default 0.1, the paper's.
        ramp_up: options of :class:`RampUp`, a factor of lambda; default none.
        batch_norm: 'separate' (default): labeled and unlabeled images are normalized apart, each kind by
            batch statistics of its own. 'shared': the statistics of both together; from scratch this lets the
            supervised loss bend the unlabeled activations and can ruin a training.
        running_statistics: whose statistics move the running ones, which the test uses: those of 'both' kinds
            (default), or of the 'labeled' images alone, as in supervised training. Where the two kinds are augmented
            differently, an average of both fits neither.
        forward_mode: 'one': labeled and unlabeled images pass together, and every batch norm normalizes each kind by
            itself, which gives the same as 'two': one pass after the other. 'auto' (default): whichever is faster, one
            but for large batches on a CPU. No matter with shared statistics.
        encoder_stages: names of the backbone's submodules whose outputs are the encoder's maps, low to high. Default:
            UNet's encoder stages, and the outputs of every other backbone.
        test_cfg: mmseg's, and ``class_refinement=dict(threshold=..., background=0)``, see :class:`ClassRefinement`.
        **kwargs: ``neck``, ``auxiliary_head`` (labeled images only), ``train_cfg``, ``data_preprocessor``,
            ``pretrained``, ``init_cfg`` of mmseg's ``EncoderDecoder``.

    Raises:
        ValueError: an option out of its range; heads of different classes; two losses of one name; in training, an
            encoder stage that gives no map, or a batch without a labeled image.
        TypeError: a decode head that is not an ``UncertaintyHead``.
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
        check_choice('EntMin', 'batch_norm', batch_norm, ('separate', 'shared'))
        check_choice('EntMin', 'running_statistics', running_statistics, ('both', 'labeled'))
        if batch_norm == 'shared' and running_statistics == 'labeled':
            raise OptionError(type(self).__name__, 'running_statistics', running_statistics,
                              "needs batch_norm='separate'; with 'shared' all statistics are of both kinds of images")
        check_choice('EntMin', 'forward_mode', forward_mode, ('auto', 'one', 'two'))
        self.cls_head = MODELS.build(cls_head)
        if self.cls_head.num_classes != self.num_classes:
            raise ValueError(f'{type(self).__name__}: cls_head.num_classes={self.cls_head.num_classes}, but '
                             f'decode_head has num_classes={self.num_classes}; give both heads the same classes')
        self.unsupervised_losses = build_losses(unsupervised_losses)
        self.absent_below = next(
            (term.threshold for term in self.unsupervised_losses if isinstance(term, ClassConsistencyLoss)), None)
        self.batch_norm = batch_norm
        self.running_statistics = running_statistics
        self.forward_mode = forward_mode
        # DistributedDataParallel takes a part that is computed again in the backward pass once a step
        self.checkpointed = bool(checkpointed(self.backbone))
        if self.checkpointed and forward_mode == 'two' and running_statistics == 'labeled':
            raise OptionError(type(self).__name__, 'forward_mode', forward_mode,
                              'with backbone.with_cp, which computes the backbone again, unlabeled images would move '
                              "the running statistics; set forward_mode='auto'")
        self.batch_parts = BatchParts(moving=1 if running_statistics == 'labeled' else None)
        self.encoder_modules = encoder_modules(self.backbone, encoder_stages)
        refinement = (test_cfg or {}).get('class_refinement')
        self.class_refinement = None if refinement is None else ClassRefinement(**refinement)
        if refinement is not None:
            self.class_refinement.check_background(self.num_classes)

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict:
        """Losses of Eq. 1 by name, for a batch of labeled and unlabeled images (N, 3, H, W)."""
        batch = SemiBatch.of(inputs, data_samples)
        labeled, unlabeled = self.forward_both(batch)
        losses = self.supervised_loss(labeled, batch.labeled_samples)
        if unlabeled is not None:
            unlabeled.valid = None if batch.all_valid else batch.valid
            losses.update(self.unsupervised_loss(unlabeled, self.ramp_up()))
        return losses

    def forward_both(self, batch: SemiBatch) -> tuple[SemiPredictions, SemiPredictions | None]:
        """Predictions for the labeled and the unlabeled images, with batch statistics apart or shared."""
        parts = self.batch_parts
        parts.begin(None)
        if batch.unlabeled is None:
            return self.forward_predictions(batch.labeled), None
        images = batch.labeled, batch.unlabeled
        if self.batch_norm == 'separate' and self.in_two(images):
            return self.forward_predictions(batch.labeled), self.forward_unlabeled(batch.unlabeled)
        if self.batch_norm == 'separate':  # with shared statistics the batch norms see one batch
            parts.attach(self.backbone, getattr(self, 'neck', None), self.decode_head, self.cls_head)
        parts.begin([len(part) for part in images])
        predictions = self.forward_predictions(parts.join(images)).split(parts)
        parts.settle()
        return tuple(predictions)

    def in_two(self, images: Sequence[Tensor]) -> bool:
        """Whether the labeled and the unlabeled images (n, 3, H, W) pass one after the other."""
        if self.forward_mode != 'auto':
            return self.forward_mode == 'two'
        pixels = sum(part.numel() // part.shape[1] for part in images)
        return images[0].device.type == 'cpu' and pixels >= PIXELS_IN_TWO and not self.checkpointed

    def forward_predictions(self, inputs: Tensor) -> SemiPredictions:
        """One pass of the encoder and both heads over images (N, 3, H, W)."""
        features, outputs = encoder_maps(self.backbone, self.encoder_modules, inputs)
        decoder_inputs = self.neck(outputs) if self.with_neck else outputs
        cls_mean, cls_var = self.cls_head(features)
        return SemiPredictions(features, decoder_inputs, self.decode_head(decoder_inputs), cls_mean, cls_var,
                               self.cls_head.activation)

    def forward_unlabeled(self, inputs: Tensor) -> SemiPredictions:
        """One pass over unlabeled images alone, with what the unsupervised losses need of gradients."""
        statistics = keep_running_statistics(self) if self.running_statistics == 'labeled' else nullcontext()
        with statistics, self.decode_head.variance_gradient(
                any(term.variance_grad for term in self.unsupervised_losses)):
            return self.forward_predictions(inputs)

    def supervised_loss(self, predictions: SemiPredictions, data_samples: SampleList) -> dict:
        """L_s: segmentation and classification loss of Eq. 2, and mmseg's auxiliary heads if there are any."""
        losses = add_prefix(self.decode_head.loss_by_feat(predictions.seg_outputs, data_samples), 'decode')
        losses.update(add_prefix(self.cls_head.loss_by_feat(
            predictions.cls_mean, predictions.cls_var, data_samples, self.decode_head.ignore_index, self.absent_below),
            'cls'))
        return losses | auxiliary_losses(self, predictions.decoder_inputs, data_samples)

    def unsupervised_loss(self, predictions: SemiPredictions, ramp: Tensor) -> dict:
        """lambda L_u: every unsupervised loss on the unlabeled images (Eq. 3), weighted, and lambda itself.

        Args:
            predictions: for the unlabeled images.
            ramp: this step's factor of lambda, a scalar.
        """
        weight = self.unsup_weight * ramp
        losses = {'unsup.weight': weight}
        for term in self.unsupervised_losses:
            losses[f'unsup.{term.loss_name}'] = weight * term.loss_weight * term(predictions)
        return losses

    def predict(self, inputs: Tensor, data_samples: OptSampleList = None) -> SampleList:
        """mmseg's prediction by the mean logits, with classes held absent masked if the test config asks for it.

        In sliding-window testing a class is as present in the image as in the window that shows it best.
        """
        if self.class_refinement is None:
            return super().predict(inputs, data_samples)
        with record_outputs([self.cls_head]) as windows:
            results = super().predict(inputs, data_samples)
        presence = torch.stack([self.cls_head.predict(mean) for mean, _ in windows]).amax(dim=0)
        return self.class_refinement.refine(results, presence)

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Mean logits at the size of the input, (N, C, H, W)."""
        if self.class_refinement is None:
            return super().encode_decode(inputs, batch_img_metas)
        return self.decode_head.predict_by_feat(self.forward_predictions(inputs).seg_mean, batch_img_metas)

    def _forward(self, inputs: Tensor, data_samples: OptSampleList = None) -> Tensor:
        """Mean logits at logit resolution, (N, C, h, w): the network as it is exported or counted."""
        return self.decode_head(self.extract_feat(inputs))[0]
