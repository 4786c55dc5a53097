# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What every semi-supervised segmentor does: split the batch, learn the labeled part, weigh the rest."""
from collections.abc import Sequence

from mmseg.models.segmentors import EncoderDecoder
from mmseg.utils import SampleList, add_prefix
from torch import Tensor, nn

from mmseg_entmin.errors import OptionError

from ..decode_heads.supervised_loss import auxiliary_losses, head_loss
from ..encoder_stages import decode, encode
from ..logits import logits_of, upsample
from ..options import check_not_negative
from ..ramp_up import RampUp
from ..semi_batch import SemiBatch


class SemiSupervisedSegmentor(EncoderDecoder):
    """Base of the semi-supervised methods, over any mmseg backbone, neck and decode head.

    L = L_s + w(t) L_u: L_s are mmseg's own supervised losses of the labeled images; L_u, on the unlabeled ones, is the
    method's. Labeled and unlabeled images share no batch statistics, so L_s is exactly that of the supervised baseline:
    they pass one after the other, or, in a :class:`EntMin`, which can also be told to share them, in one forward
    whose batch norms keep them apart. A sample is labeled if it carries ``gt_sem_seg``. At test time it is an ordinary
    mmseg segmentor.

    A method is a subclass whose :meth:`unlabeled_loss` reads like the paper's listing.

    Args:
        backbone: config of any mmseg backbone.
        decode_head: config of any mmseg decode head with a logit for each class, of those whose loss comes from what
            their ``forward`` returns (``loss_by_feat``).
        unsup_weight: w, >= 0. Default 1.
        ramp_up: options of :class:`RampUp`, the factor t of w; default none.
        **kwargs: ``neck``, ``auxiliary_head`` (labeled images only), ``train_cfg``, ``test_cfg``,
            ``data_preprocessor``, ``pretrained``, ``init_cfg`` of mmseg's ``EncoderDecoder``.

    Raises:
        ValueError: an option out of its range; a list of decode heads; one logit for two classes;
            ``test_cfg.class_refinement`` for a method that does not read it; a batch without a labeled image.
    """

    reads_class_refinement = False  # of test_cfg

    def __init__(self, backbone: dict, decode_head: dict, unsup_weight: float = 1., ramp_up: dict | None = None,
                 **kwargs) -> None:
        if not isinstance(decode_head, dict):
            raise ValueError(f'{type(self).__name__}: decode_head is a list of {len(decode_head)} heads, a cascade; '
                             "wrap it: decode_head=dict(type='UncertaintyHead', head=[...])")
        super().__init__(backbone, decode_head, **kwargs)
        check_not_negative(self, unsup_weight=unsup_weight)
        if self.out_channels != self.num_classes:
            raise ValueError(f'{type(self).__name__}: decode_head.out_channels={self.out_channels} for num_classes='
                             f'{self.num_classes}; it needs a logit for each class, set out_channels=num_classes')
        refinement = (self.test_cfg or {}).get('class_refinement')
        if refinement is not None and not self.reads_class_refinement:
            raise OptionError(type(self).__name__, 'class_refinement', dict(refinement),
                              'in test_cfg only EntMin and its subclasses read it; take it out')
        self.unsup_weight = unsup_weight
        self.ramp_up = RampUp(**(ramp_up or {}))

    @property
    def predictor(self) -> nn.Module:
        """The network that predicts at test time: has ``backbone``, ``decode_head``, and ``neck`` if there is one."""
        return self

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict:
        """Losses by name, for a batch of labeled and unlabeled images (N, 3, H, W); and what else is logged:
        'unsup.weight' is w(t), 'unsup.share_c' the share of the unlabeled pixels that is predicted as class c."""
        batch = SemiBatch.of(inputs, data_samples)
        self.before_step()
        losses, logits = supervise(self, batch.labeled, batch.labeled_samples)
        if batch.unlabeled is not None:
            weight = self.unsup_weight * self.ramp_up()
            losses.update(self.unlabeled_loss(batch, logits, weight))
            losses['unsup.weight'] = weight
        return losses

    def before_step(self) -> None:
        """Called at the start of each training forward, of which gradient accumulation makes several in a step."""

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        """The method: weighted losses by name, and what else is logged.

        Args:
            batch: has unlabeled images.
            labeled_logits: of the labeled images, (N_l, C, h, w), with their gradient.
            weight: w(t), a scalar.
        """
        raise NotImplementedError

    def segment(self, images: Tensor) -> Tensor:
        """Logits at the size of the images, (N, C, H, W)."""
        return self.enlarge(logits_of(self.decode_head, self.decode_head(self.extract_feat(images))), images)

    def encode(self, images: Tensor) -> Sequence[Tensor]:
        """The encoder's maps of images (N, 3, H, W), low to high; ``decode(encode(u), u)`` is ``segment(u)``."""
        return encode(self.backbone, images)

    def decode(self, features: Sequence[Tensor], images: Tensor) -> Tensor:
        """Logits (N, C, H, W) at the size of the images from their encoder's maps."""
        outputs = decode(self.backbone, features)
        outputs = self.neck(outputs) if self.with_neck else outputs
        return self.enlarge(logits_of(self.decode_head, self.decode_head(outputs)), images)

    def enlarge(self, logits: Tensor, images: Tensor) -> Tensor:
        """Logits (N, C, h, w) at the size of the images, (N, C, H, W)."""
        return upsample(logits, images.shape[2:], self.align_corners)


def supervise(network: EncoderDecoder, images: Tensor, data_samples: SampleList) -> tuple[dict, Tensor]:
    """mmseg's supervised losses of the decode head and the auxiliary heads, and the decode head's logits."""
    features = network.extract_feat(images)
    outputs = network.decode_head(features)
    losses = add_prefix(head_loss(network.decode_head, outputs, data_samples), 'decode')
    return losses | auxiliary_losses(network, features, data_samples), logits_of(network.decode_head, outputs)
