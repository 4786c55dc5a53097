# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Multi-task attention-based semi-supervised learning, MASSL (Chen et al., MICCAI 2019)."""

from mmseg.models.backbones import UNet
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..checkpointing import checkpointed, refuse
from ..frozen import frozen
from ..pseudo_labels import class_shares
from ..semi_batch import SemiBatch
from ..uncertainty import at_least_float32
from .semi_supervised_segmentor import SemiSupervisedSegmentor
from .strong_views import check_normalizes


@MODELS.register_module()
class MASSL(SemiSupervisedSegmentor):
    """A second decoder draws, for each class, the image where that class is predicted.

    p = softmax S(u), r_c = R_c(u) with R on the same encoder, without skips; u in 0..1:
    L_rec = sum_c mean(p_c) mean (r_c - p_c u)^2, L = CE(S(x), y) + w L_rec.
    The segmentation decoder is frozen for L_rec (its head, its neck, and a U-Net's decoder), but the gradient passes
    through p into the encoder, as in the released code; not with ``detach_attention``.

    Differs from the released code: C classes for its foreground and background; both losses in one step with one
    optimizer (its joint mode), where the default alternates two with rates of 1e-2 and 1e-3; mmseg's supervised loss
    for soft Dice. Its defect, by which labeled reconstructions are compared with unlabeled targets, is not copied.
    Unlike in the losses of most methods here, padding and other empty pixels are not left out: they count in L_rec and
    in its mean(p_c).

    Extra parameters: those of the second decoder. Passes: supervised 1 forward and backward on the labeled images, 1 of
    the encoder and both decoders on the unlabeled ones. At test time the second decoder does not run.

    Args:
        reconstruction_head: config of a :class:`ReconstructionHead` without ``out_channels``, which are C x 3.
        detach_attention: no gradient through p. Default False.
        unsup_weight: w. Default 1.
        **kwargs: see :class:`SemiSupervisedSegmentor`.

    Raises:
        ValueError: an option out of its range; a data preprocessor that does not normalize; a U-Net ``with_cp``.
    """

    def __init__(self, *args, reconstruction_head: dict, detach_attention: bool = False, unsup_weight: float = 1.,
                 ramp_up: dict | None = None, **kwargs) -> None:
        super().__init__(*args, unsup_weight=unsup_weight, ramp_up=ramp_up, **kwargs)
        check_normalizes(self)
        if checkpointed(*self.segmentation_decoder()):
            refuse(self, 'the reconstruction loss would train the frozen decoder')
        self.detach_attention = detach_attention
        self.reconstruction_head = MODELS.build(
            {'type': 'ReconstructionHead', **reconstruction_head, 'out_channels': 3 * self.num_classes})

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        images = batch.unlabeled
        features = self.encode(images)
        with frozen(*self.segmentation_decoder()):
            logits = self.decode(features, images)
        attention = logits.softmax(dim=1)
        if self.detach_attention:
            attention = attention.detach()
        pixels = (images * self.data_preprocessor.std + self.data_preprocessor.mean) / 255
        drawn = at_least_float32(self.reconstruction_head(features, images.shape[2:]))
        drawn = drawn.unflatten(1, (self.num_classes, 3))  # (N, C, 3, H, W)
        errors = (drawn - attention[:, :, None] * pixels[:, None]).square().mean(dim=(0, 2, 3, 4))
        shares = attention.mean(dim=(0, 2, 3))
        return {'unsup.loss_reconstruction': weight * (shares * errors).sum(), **class_shares(logits)}

    def segmentation_decoder(self) -> list:
        """All between the encoder's maps and the logits."""
        modules = [self.decode_head]
        if self.with_neck:
            modules.append(self.neck)
        if isinstance(self.backbone, UNet):
            modules.append(self.backbone.decoder)
        return modules
