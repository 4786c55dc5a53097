# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Colors change within their range, pixels stay, each image has its own draw, and refusals."""
import numpy as np
import pytest
import torch

from mmseg_entmin.models.views import PhotometricAugmentation, largest_intensity

MEAN = torch.tensor([123.675, 116.28, 103.53]).view(3, 1, 1)
STD = torch.tensor([58.395, 57.12, 57.375]).view(3, 1, 1)
NOTHING = dict(jitter_prob=0., gray_prob=0., blur_prob=0.)
JITTER = dict(NOTHING, jitter_prob=1.)
ALL = dict(jitter_prob=1., gray_prob=0.5, blur_prob=1.)


def normalized(pixels: torch.Tensor) -> torch.Tensor:
    return (pixels - MEAN) / STD


def pixels_of(images: torch.Tensor) -> torch.Tensor:
    """Back to 0..255."""
    return images * STD + MEAN


def apply(options: dict, images: torch.Tensor, seed: int = 0) -> torch.Tensor:
    torch.manual_seed(seed)
    return PhotometricAugmentation(**options)(images, MEAN, STD)


def noise(count: int = 4, size=(24, 20)) -> torch.Tensor:
    return normalized(torch.rand(count, 3, *size) * 255)


@pytest.mark.parametrize('options', [{}, NOTHING, JITTER, ALL])
@pytest.mark.parametrize('scale', [1., 5.])
def test_shape_and_type_stay_and_values_remain_colors_even_where_the_input_is_none(options, scale):
    images = scale * noise(8)
    before = images.clone()
    strong = apply(options, images)
    assert strong.shape == images.shape and strong.dtype == images.dtype == torch.float32
    pixels = pixels_of(strong)
    assert pixels.min() >= -1e-3 and pixels.max() <= 255 + 1e-3 and pixels.std() > 1
    assert torch.equal(images, before)


def test_without_any_change_the_images_come_back():
    images = noise()
    assert torch.allclose(apply(NOTHING, images), images, atol=1e-5)
    assert torch.allclose(
        apply(dict(ALL, brightness=0., contrast=0., saturation=0., hue=0., gray_prob=0., blur_prob=0.), images),
        images, atol=1e-5)
    assert not torch.allclose(apply(JITTER, images), images, atol=1e-2)


def test_colors_of_bgr_images_are_those_of_the_same_rgb_images():
    images, zero, one = torch.rand(4, 3, 24, 20) * 255, torch.zeros(3, 1, 1), torch.ones(3, 1, 1)
    strong = []
    for x, bgr in ((images, False), (images.flip(1), True)):
        torch.manual_seed(0)
        strong.append(PhotometricAugmentation(**ALL)(x, zero, one, bgr))
    assert torch.equal(strong[0], strong[1].flip(1))


def test_each_image_is_drawn_apart():
    strong = apply(JITTER, noise(1).expand(6, -1, -1, -1))
    distances = (strong[:, None] - strong[None]).abs().amax(dim=(2, 3, 4))
    assert (distances[~torch.eye(6, dtype=torch.bool)] > 1e-3).all()


@pytest.mark.parametrize('name', ['jitter_prob', 'gray_prob', 'blur_prob'])
def test_a_probability_is_the_share_of_the_images_that_change(name):
    images = noise(1, (12, 12)).expand(400, -1, -1, -1)
    strong = apply({**NOTHING, name: 0.3}, images)
    changed = (strong - images).abs().amax(dim=(1, 2, 3)) > 1e-3
    assert changed.float().mean().item() == pytest.approx(0.3, abs=0.07)


def test_gray_is_the_luma_of_each_pixel():
    pixels = torch.rand(2, 3, 8, 8) * 255
    strong = pixels_of(apply(dict(NOTHING, gray_prob=1.), normalized(pixels)))
    luma = (pixels * torch.tensor([0.2989, 0.587, 0.114]).view(3, 1, 1)).sum(1, keepdim=True)
    assert torch.allclose(strong, luma.expand(-1, 3, -1, -1), atol=1e-2)


@pytest.mark.parametrize('sigma', [1., 2.])
def test_blur_is_a_gaussian_of_the_given_deviation(sigma):
    pixels = torch.rand(1, 3, 12, 11) * 255
    strong = pixels_of(apply(dict(NOTHING, blur_prob=1., blur_sigma=(sigma, sigma)), normalized(pixels)))
    radius = int(2 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma)**2)
    kernel = np.outer(kernel, kernel) / kernel.sum()**2
    padded = np.pad(pixels[0].double().numpy(), ((0, 0), (radius, radius), (radius, radius)), mode='reflect')
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape, axis=(1, 2))
    assert np.allclose(strong[0].numpy(), (windows * kernel).sum(axis=(3, 4)), atol=1e-2)


def test_the_deviation_of_the_blur_is_drawn():
    strong = apply(dict(NOTHING, blur_prob=1., blur_sigma=(0.5, 2.)), noise(1).expand(20, -1, -1, -1))
    contrast = pixels_of(strong).std(dim=(1, 2, 3))
    assert contrast.max() > 1.2 * contrast.min() and contrast.max() < pixels_of(noise(1)).std()


def test_strengths_bound_the_change():
    gray = normalized(torch.full((200, 3, 4, 4), 100.))
    zero = dict(JITTER, brightness=0., contrast=0., saturation=0., hue=0.)
    factors = pixels_of(apply(dict(zero, brightness=0.4), gray))[:, 0, 0, 0] / 100
    assert factors.min() >= 0.6 - 1e-4 and factors.max() <= 1.4 + 1e-4
    assert factors.min() < 0.65 and factors.max() > 1.35
    for name in ('contrast', 'saturation', 'hue'):  # an even gray has no contrast and no color to change
        assert torch.allclose(apply({**zero, name: 0.5}, gray), gray, atol=1e-3)
    red = torch.tensor([200., 100., 100.]).view(3, 1, 1).expand(200, 3, 4, 4)
    turned = pixels_of(apply(dict(zero, hue=1 / 6), normalized(red)))[:, :, 0, 0]  # between magenta and yellow
    assert (turned[:, 0] > 200 - 0.1).all() and turned[:, 1].max() > 180 and turned[:, 2].max() > 180
    assert (turned[:, 1:].min(dim=1).values < 100 + 0.1).all()


def test_equal_colors_stay_equal_so_that_pixels_do_not_move():
    palette = torch.rand(5, 3) * 255
    labels = torch.randint(5, (6, 24, 20))
    strong = pixels_of(apply(dict(JITTER, gray_prob=0.2), normalized(palette[labels].permute(0, 3, 1, 2))))
    for image, label in zip(strong, labels):
        for color in range(5):
            values = image[:, label == color]
            assert (values.amax(1) - values.amin(1)).max() < 1e-2
        assert len(image.flatten(1).T.round().unique(dim=0)) > 1


def test_the_view_of_a_flipped_or_shuffled_image_is_the_flipped_or_shuffled_view():
    images = noise()
    assert torch.allclose(apply(ALL, images.flip(3)), apply(ALL, images).flip(3), atol=1e-3)
    assert torch.allclose(apply(ALL, images.flip(2)), apply(ALL, images).flip(2), atol=1e-3)
    order = torch.randperm(24 * 20)
    shuffle = lambda x: x.flatten(2)[:, :, order].view_as(x)  # noqa: E731
    assert torch.allclose(apply(JITTER, shuffle(images)), shuffle(apply(JITTER, images)), atol=1e-3)


def test_the_same_random_state_gives_the_same_view():
    images = noise()
    assert torch.equal(apply({}, images, seed=3), apply({}, images, seed=3))
    assert not torch.equal(apply({}, images, seed=3), apply({}, images, seed=4))


def test_no_gradient_passes():
    assert not apply(ALL, noise().requires_grad_()).requires_grad


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_views_under_autocast_are_close_to_those_in_float32(dtype):
    images = noise()
    with torch.autocast('cpu', dtype):
        strong = apply(ALL, images)
    assert strong.dtype == torch.float32 and torch.allclose(strong, apply(ALL, images), atol=0.05)


@pytest.mark.parametrize('options', [
    dict(brightness=-0.1), dict(contrast=-0.1), dict(saturation=-0.1), dict(hue=-0.1), dict(hue=0.6),
    dict(jitter_prob=1.5), dict(jitter_prob=-0.1), dict(gray_prob=1.5), dict(gray_prob=-0.1), dict(blur_prob=1.5),
    dict(blur_prob=-0.1), dict(blur_sigma=(2., 1.)), dict(blur_sigma=(0., 1.))], ids=str)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError):
        PhotometricAugmentation(**options)


@pytest.mark.parametrize('factor', [4095 / 255, 257, 1 / 255])
@pytest.mark.parametrize('channels', [1, 3, 4])
def test_images_of_other_bits_are_augmented_as_those_of_8_bits(factor, channels):
    images = torch.rand(4, channels, 24, 20) * 255
    mean, std = torch.full((channels, 1, 1), 120.), torch.full((channels, 1, 1), 45.)
    strong = []
    for scale in (1, factor):
        torch.manual_seed(0)
        view = PhotometricAugmentation(**ALL)((images - mean) / std, mean * scale, std * scale)
        strong.append(view)
    assert torch.allclose(*strong, atol=1e-3) and strong[1].std() > 0.1


@pytest.mark.parametrize('channels', [1, 2, 3, 4, 13])
@pytest.mark.parametrize('bgr', [False, True])
def test_any_number_of_channels(channels, bgr):
    mean, std = torch.full((channels, 1, 1), 120.), torch.full((channels, 1, 1), 60.)
    images = torch.rand(3, channels, 16, 16) * 4 - 2
    torch.manual_seed(0)
    strong = PhotometricAugmentation(**dict(ALL, blur_prob=0.))(images, mean, std, bgr)
    assert strong.shape == images.shape and not torch.allclose(strong[:, :3], images[:, :3], atol=0.1)
    assert torch.allclose(strong[:, 3:], images[:, 3:], atol=1e-5)  # no colors: they stay
    blurred = PhotometricAugmentation(**dict(NOTHING, blur_prob=1., blur_sigma=(2., 2.)))(images, mean, std, bgr)
    assert (blurred.std(dim=(2, 3)) < 0.7 * images.std(dim=(2, 3))).all()


def test_one_value_for_the_mean_of_all_channels():
    images = torch.rand(2, 3, 16, 16)
    mean, std = torch.full((1, 1, 1), 120.), torch.full((1, 1, 1), 60.)
    assert PhotometricAugmentation()(images, mean, std).shape == images.shape


@pytest.mark.parametrize('mean, std, white', [
    ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375], 255), ([0.] * 3, [1.] * 3, 255), ([0.], [255.], 255),
    ([127.], [60.], 255), ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], 1), ([1200.], [500.], 4095),
    ([30000.], [12000.], 65535), ([3000.] * 4, [900.] * 4, 65535), ([255.], [70.], 255)])
def test_white(mean, std, white):
    assert largest_intensity(torch.tensor(mean).view(-1, 1, 1), torch.tensor(std).view(-1, 1, 1)) == white
