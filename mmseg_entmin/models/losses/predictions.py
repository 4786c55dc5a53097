# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The network's outputs for a set of images, as the losses read them."""
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from ..batch_norm import BatchParts
from ..valid_pixels import valid_at
from .fused import SoftmaxStatistics, softmax_statistics


@dataclass
class SemiPredictions:
    """Outputs of one forward for N images and C classes, all that the losses of the method need."""

    features: Sequence[Tensor]  # the ENCODER's maps e_0 .. e_n (S_e of Eq. 4), low to high, each (N, C_j, h_j, w_j)
    decoder_inputs: Sequence[Tensor]  # of the decode and auxiliary heads: the outputs of the backbone or the neck
    seg_outputs: tuple[Tensor, ...]  # of ``UncertaintyHead``: mean, variance, then logits of earlier cascade stages
    cls_mean: Tensor  # image-level logits mu_c, (N, C)
    cls_var: Tensor  # their variance, (N, C), > 0, in squared logits
    cls_activation: str  # a_c, 'softmax' or 'sigmoid'; p_c = a_c(mu_c)
    valid: Tensor | None = None  # pixels that the losses read, (N, 1, H, W), bool, see ``valid_pixels``; None: all

    @property
    def seg_mean(self) -> Tensor:
        """Logits mu_s at logit resolution, (N, C, h, w)."""
        return self.seg_outputs[0]

    @property
    def seg_var(self) -> Tensor:
        """Variance of the logits, (N, C, h, w), > 0, in squared logits."""
        return self.seg_outputs[1]

    @cached_property
    def seg_valid(self) -> Tensor | None:
        """``valid`` at logit resolution, (N, 1, h, w), or None."""
        return valid_at(self.valid, self.seg_mean.shape[2:])

    @cached_property
    def seg_statistics(self) -> SoftmaxStatistics:
        """Statistics of softmax(mu_s), computed once for all losses that use them."""
        return softmax_statistics(self.seg_mean, self.seg_valid)

    def split(self, parts: BatchParts) -> list['SemiPredictions']:
        """The predictions of each part of the batch, as views."""
        outputs = parts.split((self.decoder_inputs, self.seg_outputs, self.cls_mean, self.cls_var))
        return [SemiPredictions(MapsOfImages(self.features, images), *rest, self.cls_activation)
                for images, rest in zip(parts.slices(), outputs)]


@dataclass(frozen=True)
class MapsOfImages(Sequence):
    """Maps of some images of a batch; a loss that reads ``maps`` and ``images`` itself needs no copy of the maps."""

    maps: Sequence[Tensor]
    images: slice

    def __len__(self) -> int:
        return len(self.maps)

    def __getitem__(self, place):
        return self.maps[place][self.images]
