# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A random number of random changes of intensity and color (AugSeg, Zhao et al. 2023)."""
from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from ..options import check_at_least_one
from .photometric_augmentation import PhotometricAugmentation


def uniform(low: float, high: float) -> float:
    """A number drawn on the host."""
    return torch.empty(()).uniform_(low, high).tolist()


def blur(image: Tensor) -> Tensor:
    sigma = uniform(0.1, 2.)
    return F.gaussian_blur(image, [9, 9], [sigma, sigma])


# Of images (C, H, W) in 0..1, with the released strengths. Each has the same probability.
CHANGES: dict[str, Callable[[Tensor], Tensor]] = dict(
    identity=lambda image: image,
    autocontrast=F.autocontrast,
    equalize=F.equalize,
    blur=blur,
    contrast=lambda image: F.adjust_contrast(image, uniform(0.05, 0.95)),
    brightness=lambda image: F.adjust_brightness(image, uniform(0.05, 0.95)),
    saturation=lambda image: F.adjust_saturation(image, uniform(0.05, 0.95)),
    sharpness=lambda image: F.adjust_sharpness(image, uniform(0.05, 0.95)),
    hue=lambda image: F.adjust_hue(image, uniform(-0.5, 0.5)),
    posterize=lambda image: F.posterize(image, int(uniform(4, 8))),
    solarize=lambda image: F.solarize(image, int(uniform(1, 256)) / 255))
OF_COLORS = ('saturation', 'hue')


class IntensityAugmentation(PhotometricAugmentation):
    """One to ``num_changes`` of eleven changes of intensity, color and sharpness, drawn anew for each image.

    The strengths are those of AugSeg's released code: intensities, contrast, color and sharpness fall to 5 to 95 %, 4
    to 7 bits stay, intensities from a threshold on are inverted. It uses Pillow on 8 bits; here torchvision does the
    same on numbers in 0..1. Of more than three channels, the first three are colors, and the others are blurred alike.

    Args:
        num_changes: largest number of changes, >= 1. Default 3.
    """

    def __init__(self, num_changes: int = 3) -> None:
        super().__init__()
        check_at_least_one(self, num_changes=num_changes)
        self.num_changes = num_changes

    def augment(self, image: Tensor, bgr: bool) -> Tensor:
        """Augment one image (C, H, W), in 0..1."""
        count = torch.randint(1, self.num_changes + 1, ()).tolist()
        for place in torch.randint(len(CHANGES), (count, )).tolist():
            image = self.change(list(CHANGES)[place], image, bgr)
        return image.clamp(0, 1)

    @staticmethod
    def change(name: str, image: Tensor, bgr: bool = False) -> Tensor:
        """One of ``CHANGES`` of an image (C, H, W), in 0..1."""
        change = CHANGES[name]
        if len(image) < 3:  # no color
            return image if name in OF_COLORS else torch.cat([change(channel[None]) for channel in image])
        colors = change(image[:3].flip(0) if bgr else image[:3])
        others = image[3:] if name != 'blur' or len(image) == 3 else change(image[3:])
        return torch.cat([colors.flip(0) if bgr else colors, others])
