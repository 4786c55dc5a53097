# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The base of every semi-supervised segmentor: split the batch, learn the labels, weight the unlabeled loss."""
from collections.abc import Sequence

from mmseg.models.backbones import DDRNet, PIDNet
from mmseg.models.decode_heads import DDRHead, PIDHead
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.segmentors import EncoderDecoder
from mmseg.utils import OptSampleList, SampleList, add_prefix
from torch import Tensor, nn

from mmseg_entmin.errors import OptionError

from ..decode_heads.head_logits import logits_of
from ..decode_heads.mmseg_losses import auxiliary_losses, head_loss
from ..decode_heads.uncertainty_head import UncertaintyHead, check_loss
from ..encoder_stages import decode, encode, maps_of
from ..logits import resize_logits
from ..mmseg_fixes import channels_first
from ..options import check_not_negative
from ..ramp_up import RampUp
from ..semi_batch import SemiBatch


class SemiSupervisedSegmentor(EncoderDecoder):
    """Base of the semi-supervised methods, over any mmseg backbone, neck and decode head.

    L = L_s + w(t) L_u: L_s are mmseg's supervised losses of the labeled images, those with ``gt_sem_seg``; L_u is the
    method's loss of the unlabeled images. The two kinds pass the network one after the other, so that batch norms
    normalize them separately and L_s equals that of the supervised baseline. At test time the model is an ordinary
    mmseg segmentor.

    A method is a subclass whose ``unlabeled_loss`` reads like the paper's listing. With an EMA teacher, it makes
    ``self.teacher`` in its constructor, updates it in ``before_step``, and sets ``test_with_teacher``.

    Args:
        backbone: config of any mmseg backbone.
        decode_head: config of any mmseg decode head with one logit for each class whose loss is computed from what its
            ``forward`` returns (``loss_by_feat``).
        unsup_weight: w, >= 0. Default 1.
        ramp_up: options of ``RampUp``, the factor of w that depends on t. Default: none.
        **kwargs: ``neck``, ``auxiliary_head`` (for labeled images only), ``train_cfg``, ``test_cfg``,
            ``data_preprocessor``, ``pretrained``, ``init_cfg`` of mmseg's ``EncoderDecoder``.

    Raises:
        OptionError: in every method, an option out of its range; ``test_cfg.class_refinement`` where it is not read.
        ValueError: a list of decode heads; one logit for two classes; a batch without a labeled image.
    """

    reads_class_refinement = False  # of test_cfg
    test_with_teacher = False

    def __init__(self, backbone: dict, decode_head: dict, unsup_weight: float = 1., ramp_up: dict | None = None,
                 **kwargs) -> None:
        name = type(self).__name__
        if not isinstance(decode_head, dict):
            raise ValueError(f'{name}: decode_head is a list of {len(decode_head)} heads, a cascade; '
                             "wrap it: decode_head=dict(type='UncertaintyHead', head=[...])")
        check_loss(name, decode_head, (BaseDecodeHead.loss, UncertaintyHead.loss))
        super().__init__(backbone, decode_head, **kwargs)
        channels_first(self.backbone)
        if isinstance(self.backbone, DDRNet | PIDNet) and not isinstance(self.decode_head, DDRHead | PIDHead):
            raise ValueError(f'{name}: {type(self.backbone).__name__} returns other outputs in training than in tests, '
                             f'which its own decode head alone reads, not {type(self.decode_head).__name__}')
        check_not_negative(self, unsup_weight=unsup_weight)
        if self.num_classes < 2:
            raise ValueError(f'{name}: decode_head.num_classes={self.num_classes}; count the background as a class too')
        if self.out_channels != self.num_classes:
            raise ValueError(f'{name}: decode_head.out_channels={self.out_channels} for num_classes='
                             f'{self.num_classes}; it needs a logit for each class, set out_channels=num_classes')
        refinement = (self.test_cfg or {}).get('class_refinement')
        if refinement is not None and not self.reads_class_refinement:
            raise OptionError(name, 'class_refinement', dict(refinement),
                              'in test_cfg only EntMin and its subclasses read it; take it out')
        self.unsup_weight = unsup_weight
        self.ramp_up = RampUp(**(ramp_up or {}))

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict:
        """Weighted losses by name, and what else is logged ('unsup.weight' is w(t)), for images (N, K, H, W)."""
        batch = SemiBatch.of(inputs, data_samples)
        self.before_step()
        losses, labeled_logits = supervised_losses(self, batch.labeled, batch.labeled_samples)
        if batch.unlabeled is not None:
            weight = self.unsup_weight * self.ramp_up()
            losses.update(self.unlabeled_loss(batch, labeled_logits, weight))
            losses['unsup.weight'] = weight
        return losses

    def before_step(self) -> None:
        """Called at the start of each training forward; gradient accumulation makes several forwards in a step."""

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        """The method: weighted losses by name, and what else is logged, of a batch that has unlabeled images.

        ``labeled_logits`` are (N_l, C, h, w), at logit resolution, with their gradient; ``weight`` is w(t), a scalar.
        """
        raise NotImplementedError

    def extract_feat(self, inputs: Tensor) -> Sequence[Tensor]:
        """The maps that the decode head reads, of images (N, K, H, W); a ValueError names a backbone without maps."""
        outputs = self.backbone(inputs)
        maps_of(self.backbone, outputs)
        return self.neck(outputs) if self.with_neck else outputs

    def logits(self, images: Tensor) -> Tensor:
        """Logits (N, C, h, w) at logit resolution for images (N, K, H, W)."""
        return logits_of(self.decode_head, self.decode_head(self.extract_feat(images)))

    def segment(self, images: Tensor) -> Tensor:
        """Logits (N, C, H, W) at the size of the images (N, K, H, W)."""
        return self.resize(self.logits(images), images)

    def encode(self, images: Tensor) -> Sequence[Tensor]:
        """Encoder feature maps of images (N, K, H, W), low to high; ``decode(encode(u), u)`` is ``segment(u)``."""
        return encode(self.backbone, images)

    def decode(self, features: Sequence[Tensor], images: Tensor) -> Tensor:
        """Logits (N, C, H, W) at the size of the images from the encoder's feature maps."""
        outputs = decode(self.backbone, features)
        outputs = self.neck(outputs) if self.with_neck else outputs
        return self.resize(logits_of(self.decode_head, self.decode_head(outputs)), images)

    def resize(self, logits: Tensor, images: Tensor) -> Tensor:
        """Logits (N, C, h, w) resized to the images, (N, C, H, W)."""
        return resize_logits(logits, images.shape[2:], self.align_corners)

    @property
    def predictor(self) -> nn.Module:
        """The network that predicts at test time; has ``backbone``, ``decode_head``, and ``neck`` if there is one."""
        return self.teacher if self.test_with_teacher else self

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """The predictor's logits at the size of the input, (N, C, H, W)."""
        if self.test_with_teacher:
            return self.decode_head.predict_by_feat(self.teacher(inputs), batch_img_metas)
        return super().encode_decode(inputs, batch_img_metas)

    def _forward(self, inputs: Tensor, data_samples: OptSampleList = None) -> Tensor:
        """The predictor's logits at logit resolution, (N, C, h, w): the network as it is exported or counted."""
        return self.teacher(inputs) if self.test_with_teacher else self.logits(inputs)


def supervised_losses(network: EncoderDecoder, images: Tensor, data_samples: SampleList) -> tuple[dict, Tensor]:
    """mmseg's losses of all heads of any segmentor for labeled images (N, K, H, W), and its logits (N, C, h, w)."""
    features = network.extract_feat(images)
    outputs = network.decode_head(features)
    losses = add_prefix(head_loss(network.decode_head, outputs, data_samples), 'decode')
    return losses | auxiliary_losses(network, features, data_samples), logits_of(network.decode_head, outputs)
