# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The largest intensity of images, which says what mean and std of a data preprocessor are in units of."""
import torch
from torch import Tensor

RANGES = (255., 4095., 65535.)  # of 8, 12 and 16 bits


def largest_intensity(mean: Tensor, std: Tensor) -> Tensor:
    """The intensity of white, a scalar tensor on the device of ``mean``; nothing waits for the device.

    1 where the mean is in 0..1 and the std below 1, for images that a transform has scaled; else 255; above that 4095
    if the mean and three std fit, or 65535. Mean and std, each (C, 1, 1), are those of a data preprocessor.
    """
    highest = mean.max()
    unit, bits8, bits12, bits16 = (torch.full_like(highest, value) for value in (1., *RANGES))
    scaled = (highest > 0) & (highest <= 1) & (std.max() < 1)
    high = torch.where((mean + 3 * std).max() <= bits12, bits12, bits16)
    return torch.where(scaled, unit, torch.where(highest <= bits8, bits8, high))
