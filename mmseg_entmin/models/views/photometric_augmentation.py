# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Strong augmentation that changes colors and sharpness and moves no pixel."""
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.transforms import v2


class PhotometricAugmentation(nn.Module):
    """Color jitter, grayscale and Gaussian blur, drawn anew for each image, as in FixMatch and UniMatch.

    It acts on the batch that the network reads, on its device: normalized images are brought back to 0..1, augmented
    and normalized again. The default strengths are UniMatch's (Yang et al. 2023, released code).

    Args:
        brightness: b, strength of the jitter: the factor is drawn from 1 - b .. 1 + b. Default 0.5.
        contrast: likewise. Default 0.5.
        saturation: likewise. Default 0.5.
        hue: h, at most 0.5: the shift is drawn from -h .. h, in turns of the color circle. Default 0.25.
        jitter_prob: probability of the color jitter, in 0..1. Default 0.8.
        gray_prob: probability of grayscale, in 0..1. Default 0.2.
        blur_prob: probability of the blur, in 0..1. Default 0.5.
        blur_sigma: range of the blur's standard deviation, in pixels. Default 0.1 to 2.

    Raises:
        ValueError: a strength or a probability out of its range.
    """

    def __init__(self, brightness: float = 0.5, contrast: float = 0.5, saturation: float = 0.5, hue: float = 0.25,
                 jitter_prob: float = 0.8, gray_prob: float = 0.2, blur_prob: float = 0.5,
                 blur_sigma: Sequence[float] = (0.1, 2.0)) -> None:
        super().__init__()
        jitter = v2.ColorJitter(brightness, contrast, saturation, hue)
        kernel = 2 * int(2 * blur_sigma[1]) + 1
        self.transform = v2.Compose([
            v2.RandomApply([jitter], jitter_prob),
            v2.RandomGrayscale(gray_prob),
            v2.RandomApply([v2.GaussianBlur(kernel, tuple(blur_sigma))], blur_prob)
        ])

    @torch.no_grad()
    def forward(self, images: Tensor, mean: Tensor, std: Tensor, bgr: bool = False) -> Tensor:
        """Augment each of the normalized images (N, 3, H, W).

        Args:
            images: (x - mean) / std for x in 0..255.
            mean: (3, 1, 1), in 0..255.
            std: (3, 1, 1), in 0..255.
            bgr: the channels are blue, green, red. Default False: red, green, blue.

        Returns:
            Normalized images (N, 3, H, W).
        """
        pixels = ((images * std + mean) / 255).clamp(0, 1)
        if bgr:
            pixels = pixels.flip(1)
        augmented = torch.stack([self.transform(image) for image in pixels])
        if bgr:
            augmented = augmented.flip(1)
        return (augmented * 255 - mean) / std
