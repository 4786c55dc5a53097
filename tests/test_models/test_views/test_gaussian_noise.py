# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Size and limit of the noise."""
import pytest
import torch

from mmseg_entmin.models.views import GaussianNoise


def test_clipped_normal_noise_drawn_anew():
    images = torch.randn(4, 3, 64, 64)
    noise = GaussianNoise()(images) - images
    assert noise.abs().max() <= 0.2 + 1e-6
    assert noise.std().item() == pytest.approx(0.0959, abs=0.002)  # of a normal cut at two deviations
    assert not torch.equal(GaussianNoise()(images), GaussianNoise()(images))
    assert torch.equal(GaussianNoise(std=0.)(images), images)


@pytest.mark.parametrize('option, value', [('std', -1), ('limit', 0)])
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(ValueError, match=f'GaussianNoise: {option}={value}, must'):
        GaussianNoise(**{option: value})
