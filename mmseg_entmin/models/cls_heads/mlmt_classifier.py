# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Multi-label mean teacher, MLMT: the classification branch of s4GAN (Mittal et al. 2019)."""
import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS

from ..channel_order import is_bgr
from ..ema_teacher import EMAModel
from ..encoder_stages import encode, maps_of
from ..logits import at_least_float32
from ..mmseg_fixes import channels_first
from ..ramp_up import RampUp
from ..views import PhotometricAugmentation
from .uncertainty_cls_head import class_presence


class MLMTClassifier(BaseModule):
    """A multi-label classifier of the classes in an image, trained with an EMA teacher, apart from the segmentor.

    L = BCE(sigmoid C(x), classes of y) + w(t) mean (1 - cos(C(strong u), T(weak u))), on logits. T is the EMA of C
    (``EMAModel``). Both views are flipped at random, independently; strong ones have color jitter and blur too.

    Differs from the released code: the images are those of the segmentor's batch (there 16 + 80 images resized to 320 x
    320); the teacher is in eval mode, and its running statistics are averaged.

    Args:
        backbone: config of any mmseg backbone.
        in_channels: channels of its encoder's last map.
        num_classes: C, the number of outputs.
        decay: EMA decay of the teacher. Default 0.999.
        ramp_up: ramp-up of w. The paper's is dict(begin=10 epochs, iters=50 epochs, form='linear'). Default: none.
        strong_view: options of ``PhotometricAugmentation``. Default: the paper's.
    """

    def __init__(self, backbone: dict, in_channels: int, num_classes: int, decay: float = 0.999,
                 ramp_up: dict | None = None, strong_view: dict | None = None, init_cfg=None) -> None:
        super().__init__(init_cfg)
        self.backbone = MODELS.build(backbone)
        channels_first(self.backbone)
        self.fc = nn.Linear(in_channels, num_classes)
        self.ramp_up = RampUp(**(ramp_up or {}))
        self.strong_view = PhotometricAugmentation(**(strong_view or dict(
            brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1, jitter_prob=1., gray_prob=0., blur_prob=1.)))
        self.teacher = EMAModel(self, ('backbone', 'fc'), decay)

    @staticmethod
    def classify(network: nn.Module, images: Tensor) -> Tensor:
        """Logits (N, C) of this network or its teacher for images (N, K, H, W)."""
        return network.fc(maps_of(network.backbone, encode(network.backbone, images))[-1].mean(dim=(2, 3)))

    def loss(self, batch, preprocessor: nn.Module, ignore_index: int = 255) -> dict:
        """Losses by name for a ``SemiBatch`` that ``preprocessor`` has normalized."""
        presence = class_presence(batch.labeled_samples, self.fc.out_features, ignore_index)
        logits = at_least_float32(self.classify(self, batch.labeled))
        strong = self.strong_view(flipped(batch.unlabeled), preprocessor.mean, preprocessor.std, is_bgr(preprocessor))
        student = at_least_float32(self.classify(self, strong))
        with torch.no_grad():
            teacher = at_least_float32(self.classify(self.teacher, flipped(batch.unlabeled)))
        weight = self.ramp_up()
        return {
            'classifier.loss_presence': F.binary_cross_entropy_with_logits(logits, presence),
            'classifier.loss_consistency': weight * (1 - F.cosine_similarity(student, teacher)).mean(),
            'classifier.weight': weight}

    def predict(self, images: Tensor) -> Tensor:
        """The teacher's probability of each class, (N, C), in 0..1."""
        return at_least_float32(self.classify(self.teacher, images)).sigmoid()


def flipped(images: Tensor) -> Tensor:
    """Each image (N, K, H, W) flipped horizontally with probability 0.5."""
    draw = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(draw, images.flip(3), images)
