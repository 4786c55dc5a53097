# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Multi-task attention-based semi-supervised learning, MASSL (Chen et al., MICCAI 2019)."""
from mmseg.models.backbones import UNet
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS

from ..activation_checkpointing import checkpointed_parts, refuse_checkpointing
from ..channel_order import input_channels
from ..encoder_stages import maps_of
from ..logits import at_least_float32
from ..module_states import frozen
from ..pseudo_labels import class_shares
from ..semi_batch import SemiBatch
from ..views import check_normalizes, largest_intensity
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class MASSL(SemiSupervisedSegmentor):
    """A second decoder reconstructs the image of each class, where the segmentation predicts that class.

    L = CE(S(x), y) + w L_rec, L_rec = sum_c mean(p_c) mean (r_c - p_c u)^2, p = softmax S(u), r_c = R_c(u), u in 0..1;
    R is a decoder on the same encoder, without skip connections, and runs in training alone.

    The segmentation decoder (head, neck, and a U-Net's decoder) is frozen for L_rec, but the gradient passes through p
    into the encoder, as in the released code. Invalid pixels such as padding count in L_rec too. It needs a data
    preprocessor that normalizes, and refuses a U-Net ``with_cp``.

    Differs from the released code: C classes in place of foreground and background; both losses in one step with one
    optimizer (its joint mode), where its default alternates two with learning rates of 1e-2 and 1e-3; mmseg's
    supervised loss in place of soft Dice; labeled reconstructions are not compared with unlabeled targets.

    Args:
        reconstruction_head: config of a ``ReconstructionHead``; its ``out_channels`` are set, an image for each class.
        detach_attention: no gradient through p. Default False.
    """

    def __init__(self, *args, reconstruction_head: dict, detach_attention: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        check_normalizes(self.data_preprocessor)
        if checkpointed_parts(*self.segmentation_decoder()):
            refuse_checkpointing(self, 'the reconstruction loss would train the frozen decoder')
        self.detach_attention = detach_attention
        self.image_channels = input_channels(self)
        self.reconstruction_head = MODELS.build(
            {'type': 'ReconstructionHead', **reconstruction_head,
             'out_channels': self.image_channels * self.num_classes})

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        images = batch.unlabeled
        features = self.encode(images)
        with frozen(*self.segmentation_decoder()):
            logits = self.decode(features, images)
        attention = (logits.detach() if self.detach_attention else logits).softmax(dim=1)

        mean, std = self.data_preprocessor.mean, self.data_preprocessor.std
        pixels = (images * std + mean) / largest_intensity(mean, std)
        reconstruction = at_least_float32(self.reconstruction_head(maps_of(self.backbone, features), images.shape[2:]))
        reconstruction = reconstruction.unflatten(1, (self.num_classes, self.image_channels))  # (N, C, K, H, W)
        squared = (reconstruction - attention[:, :, None] * pixels[:, None]).square()
        loss = (attention.mean(dim=(0, 2, 3)) * squared.mean(dim=(0, 2, 3, 4))).sum()
        return {'unsup.loss_reconstruction': weight * loss, **class_shares(logits)}

    def segmentation_decoder(self) -> list[nn.Module]:
        """The modules between the encoder's maps and the logits."""
        modules = [self.decode_head]
        if self.with_neck:
            modules.append(self.neck)
        if isinstance(self.backbone, UNet):
            modules.append(self.backbone.decoder)
        return modules
