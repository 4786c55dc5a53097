# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""White by mean and std of a data preprocessor."""
import pytest
import torch

from mmseg_entmin.models.views import largest_intensity


@pytest.mark.parametrize('mean, std, white', [
    ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375], 255), ([0.] * 3, [1.] * 3, 255), ([0.], [255.], 255),
    ([127.], [60.], 255), ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], 1), ([1200.], [500.], 4095),
    ([30000.], [12000.], 65535), ([3000.] * 4, [900.] * 4, 65535), ([255.], [70.], 255)])
def test_white(mean, std, white):
    assert largest_intensity(torch.tensor(mean).view(-1, 1, 1), torch.tensor(std).view(-1, 1, 1)) == white
