# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Each change beside Pillow's, and their number."""
import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps

from mmseg_entmin.models.views import IntensityAugmentation, intensity_augmentation
from mmseg_entmin.models.views.intensity_augmentation import CHANGES

BY_PILLOW = dict(
    identity=lambda image, value: image,
    autocontrast=lambda image, value: ImageOps.autocontrast(image),
    equalize=lambda image, value: ImageOps.equalize(image),
    contrast=lambda image, value: ImageEnhance.Contrast(image).enhance(value),
    brightness=lambda image, value: ImageEnhance.Brightness(image).enhance(value),
    saturation=lambda image, value: ImageEnhance.Color(image).enhance(value),
    sharpness=lambda image, value: ImageEnhance.Sharpness(image).enhance(value),
    posterize=lambda image, value: ImageOps.posterize(image, int(value)),
    solarize=lambda image, value: ImageOps.solarize(image, int(value)))
VALUES = dict(posterize=5.3, solarize=77.9)


def picture():
    pixels = np.random.RandomState(0).randint(30, 200, (24, 32, 3)).astype(np.uint8)
    return Image.fromarray(pixels), torch.from_numpy(pixels).movedim(2, 0) / 255


@pytest.mark.parametrize('name', BY_PILLOW)
def test_a_change_is_pillows_to_two_levels(name, monkeypatch):
    value = VALUES.get(name, 0.4)
    monkeypatch.setattr(intensity_augmentation, 'uniform', lambda low, high: value)
    image, x = picture()
    expected = torch.from_numpy(np.array(BY_PILLOW[name](image, value))).movedim(2, 0)
    changed = 255 * IntensityAugmentation.change(name, x)
    bits = 255 / 31 if name == 'posterize' else 0  # torchvision spreads the levels over the range
    assert (changed - expected).abs().max() <= 2 + bits
    assert (name == 'identity') == torch.equal(changed, 255 * x)


@pytest.mark.parametrize('name', CHANGES)
@pytest.mark.parametrize('channels', [1, 2, 3, 5])
def test_images_of_any_number_of_channels(name, channels):
    torch.manual_seed(0)
    x = torch.rand(channels, 16, 20)
    torch.manual_seed(1)
    changed = IntensityAugmentation.change(name, x)
    assert changed.shape == x.shape and changed.min() >= 0 and changed.max() <= 1 + 1e-5
    if channels >= 3:
        torch.manual_seed(1)
        turned = IntensityAugmentation.change(name, torch.cat([x[:3].flip(0), x[3:]]), bgr=True)
        assert torch.allclose(torch.cat([turned[:3].flip(0), turned[3:]]), changed, atol=1e-5)


@pytest.mark.parametrize('largest', [1, 3])
def test_one_to_the_largest_number_of_changes_is_drawn(largest, monkeypatch):
    augmentation, drawn = IntensityAugmentation(largest), []
    monkeypatch.setattr(augmentation, 'change', lambda name, image, bgr: (drawn.append(name), image)[1])
    counts = set()
    for _ in range(150):
        before = len(drawn)
        augmentation.augment(torch.rand(3, 8, 8), bgr=False)
        counts.add(len(drawn) - before)
    assert counts == set(range(1, largest + 1)) and {*drawn} == {*CHANGES}


def test_normalized_images_stay_normalized():
    mean, std = torch.tensor([120.]).view(1, 1, 1), torch.tensor([60.]).view(1, 1, 1)
    images = (255 * torch.rand(4, 3, 16, 16) - mean) / std
    changed = IntensityAugmentation()(images, mean, std) * std + mean
    assert not torch.equal(changed, images) and changed.min() >= -1e-3 and changed.max() <= 255.1
