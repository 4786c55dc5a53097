# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Strong augmentation that changes colors and sharpness and moves no pixel."""
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.transforms import v2

RANGES = (255., 4095., 65535.)  # of 8, 12 and 16 bits


class PhotometricAugmentation(nn.Module):
    """Color jitter, grayscale and Gaussian blur, drawn anew for each image, as in FixMatch and UniMatch.

    It brings normalized images, of any number of channels and bits, back to 0..1 and normalizes them again. The default
    strengths are UniMatch's (Yang et al. 2023, released code).

    Args:
        brightness: b, strength of the jitter: the factor is drawn from 1 - b .. 1 + b. Default 0.5.
        contrast: likewise. Default 0.5.
        saturation: likewise. Default 0.5.
        hue: h, at most 0.5: the shift is drawn from -h .. h, in turns of the color circle. Default 0.25.
        jitter_prob: probability of the color jitter, in 0..1. Default 0.8.
        gray_prob: probability of grayscale, in 0..1. Default 0.2.
        blur_prob: probability of the blur, in 0..1. Default 0.5.
        blur_sigma: range of the blur's standard deviation, in pixels. Default 0.1 to 2. The kernel ends at twice the
            largest, 4 pixels, which turns a deviation of 2 into 1.85; Pillow's, which the released code uses, is 2.0.
    """

    def __init__(self, brightness: float = 0.5, contrast: float = 0.5, saturation: float = 0.5, hue: float = 0.25,
                 jitter_prob: float = 0.8, gray_prob: float = 0.2, blur_prob: float = 0.5,
                 blur_sigma: Sequence[float] = (0.1, 2.0)) -> None:
        super().__init__()
        jitter = v2.ColorJitter(brightness, contrast, saturation, hue)
        kernel = 2 * int(2 * blur_sigma[1]) + 1
        self.jitter = v2.RandomApply([jitter], jitter_prob)
        self.gray = v2.RandomGrayscale(gray_prob)
        self.blur = v2.RandomApply([v2.GaussianBlur(kernel, tuple(blur_sigma))], blur_prob)

    @torch.no_grad()
    def forward(self, images: Tensor, mean: Tensor, std: Tensor, bgr: bool = False) -> Tensor:
        """Augment normalized images (x - mean) / std, (N, C, H, W), x from 0 to the ``largest_intensity``.

        Mean and std are (C, 1, 1) or (1, 1, 1), in the units of x. With ``bgr`` the first three channels are BGR.
        """
        white = largest_intensity(mean, std)
        pixels = ((images * std + mean) / white).clamp(0, 1)
        augmented = torch.stack([self.augment(image, bgr) for image in pixels])
        return (augmented * white - mean) / std

    def augment(self, image: Tensor, bgr: bool) -> Tensor:
        """Augment one image (C, H, W), in 0..1: the colors of its first three channels, and the blur of all."""
        if len(image) < 3:  # no color: brightness and contrast change
            return self.blur(self.jitter(image[:, None])[:, 0])
        colors = self.gray(self.jitter(image[:3].flip(0) if bgr else image[:3]))
        return self.blur(torch.cat([colors.flip(0) if bgr else colors, image[3:]]))


def largest_intensity(mean: Tensor, std: Tensor) -> Tensor:
    """The intensity of white by the mean and std, each (C, 1, 1), of a data preprocessor: a scalar on their device.

    1 where the mean is in 0..1 and the std below 1, for images that a transform has scaled; else 255; above that 4095
    if the mean and three std fit, or 65535.
    """
    highest = mean.max()
    unit, bits8, bits12, bits16 = (torch.full_like(highest, value) for value in (1., *RANGES))
    scaled = (highest > 0) & (highest <= 1) & (std.max() < 1)
    high = torch.where((mean + 3 * std).max() <= bits12, bits12, bits16)
    return torch.where(scaled, unit, torch.where(highest <= bits8, bits8, high))
