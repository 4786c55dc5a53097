# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A segmentor that is the discriminator of a generative network (Souly et al. 2017)."""
import torch
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS

from ..activation_checkpointing import checkpointed_parts, refuse_checkpointing
from ..batch_norm import keep_running_statistics
from ..discriminators.gan_loss import gan_loss
from ..logits import at_least_float32
from ..module_states import frozen
from ..pseudo_labels import class_shares
from ..semi_batch import SemiBatch
from ..valid_pixels import valid_mean
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class SemiGAN(SemiSupervisedSegmentor):
    """S tells the pixels of unlabeled images from those of generated images G(z): "fake" is class C + 1, with logit 0.

    L = CE(S(x), y) - w/2 [mean log p(real | u) + mean log p(fake | G(z))],
    p(real) = 1 - p(fake) = sigmoid(log sum_c exp S_c).

    G learns in the same step from L_G = -mean log p(real | G(z)), through S frozen. It has an optimizer of its own:
    ``optim_wrapper=dict(constructor='SubmoduleOptimWrapperConstructor',
    submodules=dict(generator=dict(optimizer=dict(type='Adam', lr=2e-4, betas=(0.5, 0.999)))))``.

    With ``weak_labels`` the classes k of an unlabeled image are known: G draws from z and k, and p(real) of u and of
    G(z, k) is that of the classes k alone, p(k) = sum_{c in k} exp S_c / (1 + sum_c exp S_c).

    Args:
        generator: options, or type and options; default an ``ImageGenerator``, of 64 x 64 pixels. Its -1..1 is
            stretched to the range of the unlabeled images, channel by channel.
        weak_labels: whether each unlabeled sample has ``image_classes``, the indices of its classes, see
            ``LoadImageClasses``. Default False.
    """

    def __init__(self, backbone: dict, *args, generator: dict | None = None, weak_labels: bool = False,
                 **kwargs) -> None:
        super().__init__(backbone, *args, **kwargs)
        if checkpointed_parts(self.backbone):
            refuse_checkpointing(self, 'the loss of the generator would train the segmentor')
        self.weak_labels = weak_labels
        self.generator = MODELS.build({
            'type': 'ImageGenerator', 'num_classes': self.num_classes if weak_labels else 0,
            'in_channels': backbone.get('in_channels', 3), **(generator or {})})

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        images = batch.unlabeled
        classes = self.weak_classes(batch) if self.weak_labels else None
        logits = self.segment(images)
        generated = self.generate(images * batch.valid, classes)
        with keep_running_statistics(self.segmentor):  # those of real images
            fake_logits = self.segment(generated.detach())
            with frozen(self.segmentor):
                judged = self.segment(generated)
        real, fake = (x.logsumexp(dim=1, keepdim=True) for x in (logits, fake_logits))
        beside = batch.valid.amax(dim=(2, 3), keepdim=True).expand_as(fake)  # not of images that are empty
        return {
            'unsup.loss_real': weight / 2 * real_loss(logits, classes, batch.valid),
            'unsup.loss_fake': weight / 2 * gan_loss(fake, False, beside),
            'unsup.fake_unlabeled': valid_mean((-real.detach()).sigmoid(), batch.valid),
            'unsup.fake_generated': (-fake.detach()).sigmoid().mean(),
            'generator.loss': real_loss(judged, classes),
            **class_shares(logits)}

    @property
    def segmentor(self) -> nn.ModuleList:
        """All but the generator."""
        return nn.ModuleList(child for name, child in self.named_children() if name != 'generator')

    def generate(self, images: Tensor, classes: Tensor | None) -> Tensor:
        """As many images (N, K, h, w) as these (N, K, H, W), in their range, channel by channel."""
        low, high = (extreme(images, dim=(0, 2, 3), keepdim=True) for extreme in (torch.amin, torch.amax))
        made = self.generator(images.new_empty(len(images), 0) if classes is None else classes)
        return low + (high - low) * (made + 1) / 2

    def weak_classes(self, batch: SemiBatch) -> Tensor:
        """The classes of the unlabeled images, 0 or 1, (N, C)."""
        rows = torch.zeros(len(batch.unlabeled), self.num_classes)
        for row, sample in zip(rows, batch.unlabeled_samples):
            if not sample.metainfo.get('image_classes'):
                raise ValueError(
                    f"SemiGAN: weak_labels=True, and the unlabeled image {sample.metainfo.get('img_path', '')!r} has "
                    "no image_classes; load them by LoadImageClasses, and name 'image_classes' in the meta_keys of "
                    'the last step of its pipeline')
            row[list(sample.image_classes)] = 1
        return rows.to(batch.unlabeled.device, non_blocking=True)


def real_loss(logits: Tensor, classes: Tensor | None = None, valid: Tensor | None = None) -> Tensor:
    """-mean log p(real) of logits (N, C, H, W) beside a fake logit of 0, over the pixels ``valid``, (N, 1, H, W).

    With ``classes``, 0 or 1, (N, C), only the named ones count as real.
    """
    logits = at_least_float32(logits)
    every = logits.logsumexp(dim=1, keepdim=True)
    loss = gan_loss(every, True, valid)
    if classes is None:
        return loss
    named = logits.masked_fill(classes[:, :, None, None] == 0, -torch.inf).logsumexp(dim=1, keepdim=True)
    return loss + valid_mean(every - named, valid)
