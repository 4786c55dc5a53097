# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Strongly augmented views of a batch."""
from collections.abc import Sequence

from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from ..channel_order import is_bgr
from .cutmix import CutMix
from .photometric_augmentation import PhotometricAugmentation


class StrongViews:
    """Photometric augmentation and CutMix of the images of a batch as the data pipeline gives them, the weak views.

    No geometric transform lies between weak and strong view, so that labels carry over pixel by pixel.

    Args:
        preprocessor: the segmentor's data preprocessor, whose mean and std (a ValueError without) lead back to colors.
        strong_view: options of ``PhotometricAugmentation``; ``cutmix``, those of ``CutMix``.
    """

    def __init__(self, preprocessor: BaseDataPreprocessor, strong_view: dict | None = None,
                 cutmix: dict | None = None) -> None:
        check_normalizes(preprocessor)
        self.preprocessor = preprocessor
        self.photometric = PhotometricAugmentation(**(strong_view or {}))
        self.cutmix = CutMix(**(cutmix or {}))

    def __call__(self, images: Tensor, *maps: Tensor,
                 partner_maps: Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
        """Strong views of normalized images (N, K, H, W) and their maps (N, M, H, W), mixed alike.

        The boxes hold ``partner_maps``, by default the maps themselves.
        """
        augmented = self.recolor(images)
        return self.cutmix(augmented, *maps, others=(augmented, *(partner_maps or maps)))

    def recolor(self, images: Tensor) -> Tensor:
        """Photometric augmentation of normalized images (N, K, H, W)."""
        return self.photometric(images, self.preprocessor.mean, self.preprocessor.std, is_bgr(self.preprocessor))


def check_normalizes(preprocessor: BaseDataPreprocessor) -> None:
    """Raise a ValueError unless the preprocessor has the mean and std that lead back to the colors of an image."""
    if not getattr(preprocessor, '_enable_normalize', False):
        raise ValueError('model.data_preprocessor has no mean and std, without which the colors of an image are not '
                         'known; set both')
