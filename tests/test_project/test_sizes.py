# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Sizes of images and crops in training."""
import pytest

from mmseg_entmin.project.sizes import choose_sizes, look_in_windows, with_more_steps


@pytest.mark.parametrize('side, crop, width, expected', [
    (None, None, float('inf'), (48, 48)), (64, None, 3.8, (64, 64)), (64, 32, 3.8, (64, 32)),
    (None, 32, float('inf'), (48, 32)), (None, 80, float('inf'), (80, 80)),
    (None, None, 3.8, (320, 96)),  # a thin line: never above the images
    (None, None, 34., (96, 96)), (None, None, 16., (160, 96)), (None, 64, 16., (160, 64)),
    (None, None, 100., (48, 48))])
def test_thin_classes_keep_their_width(side, crop, width, expected):
    found = choose_sizes(side, crop, 48, [300, 320, 4000], width)
    assert found[:2] == expected
    assert ('instead of 48' in found.reason) == (side is None and width < 40)


def test_enlarged_images_take_more_steps():
    sizes, longer = with_more_steps(choose_sizes(None, None, 48, [320], 3.8))
    assert longer == pytest.approx(320 / 96) and '3.3 times as many steps' in sizes.reason
    assert with_more_steps(choose_sizes(None, None, 512, [4000], 4.))[1] == 5
    for chosen in (choose_sizes(320, 96, 48, [320], 3.8), choose_sizes(None, None, 48, [320], 34.)):
        assert with_more_steps(chosen) == (chosen, 1)


def test_crops_are_not_smaller_than_the_base_has_them():
    assert choose_sizes(None, None, 512, [3000], 4.)[:2] == (3000, 512)
    assert choose_sizes(None, None, 512, [320], 4.) == (512, 512, '')
    assert choose_sizes(None, None, 512, [], 4.)[:2] == (512, 512)


@pytest.mark.parametrize('side, crop, message', [(0, None, '--size 0'), (64, 65, '--crop 65: give 1 to 64'),
                                                 (64, 0, '--crop 0')])
def test_what_does_not_fit(side, crop, message):
    with pytest.raises(ValueError, match=message):
        choose_sizes(side, crop, 48, [320])


def test_large_images_are_tested_in_windows():
    for sizes, mode in (((3000, 512), 'slide'), ((512, 512), 'whole'), ((1024, 96), 'whole'), ((2048, 2048), 'whole')):
        model = dict(test_cfg=dict(mode='whole'))
        look_in_windows(model, choose_sizes(*sizes, 48, [320]))
        assert model['test_cfg']['mode'] == mode
        assert mode == 'whole' or model['test_cfg']['crop_size'] == (512, 512)
