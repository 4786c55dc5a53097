# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Segmentors that learn the labels of weak views on strong ones."""
from collections.abc import Sequence

from torch import Tensor

from ..channel_order import is_bgr
from ..views import CutMix, StrongView


class StrongViews:
    """Mixin for a segmentor: strong views of the unlabeled images, by other colors and exchanged boxes.

    No geometry lies between the weak view, the image as the data pipeline gives it, and the strong one, so that labels
    carry over pixel by pixel. A batch of a single unlabeled image has no partner: it keeps its pixels.
    """

    def build_views(self, strong_view: dict | None, cutmix: dict | None) -> None:
        """
        Args:
            strong_view: options of :class:`StrongView`.
            cutmix: options of :class:`CutMix`.

        Raises:
            ValueError: a data preprocessor that does not normalize.
        """
        check_normalizes(self)
        self.strong_view = StrongView(**(strong_view or {}))
        self.cutmix = CutMix(**(cutmix or {}))

    def strong(self, weak: Tensor, *maps: Tensor,
               partner_maps: Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
        """A strong view of images (N, 3, H, W), and their maps (N, K, H, W), which follow the pixels into the boxes.

        ``partner_maps`` are what the boxes hold, in the order of the batch; default: the same maps.
        """
        colored = self.colored(weak)
        return self.cutmix(colored, *maps, others=(colored, *(partner_maps or maps)))

    def colored(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W) in other colors; BGR, as mmcv reads them, unless the preprocessor has converted them."""
        preprocessor = self.data_preprocessor
        return self.strong_view(images, preprocessor.mean, preprocessor.std, is_bgr(preprocessor))


def check_normalizes(segmentor) -> None:
    """Raise a ValueError unless the data preprocessor has the mean and std by which the colors can be found."""
    if not getattr(segmentor.data_preprocessor, '_enable_normalize', False):
        raise ValueError(f'{type(segmentor).__name__}: data_preprocessor has no mean and std, without which the colors '
                         'of an image are not known')
