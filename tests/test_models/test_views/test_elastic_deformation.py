# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a deformed map shows, where it shows nothing, and how far the places move."""
import pytest
import torch

from mmseg_entmin.models.views import ElasticDeformation, deform, deform_mask


def still(count, height, width):
    """The places of a deformation that moves nothing."""
    return ElasticDeformation(std=0.)(count, height, width)


def test_without_displacements_a_map_stays_and_a_shift_moves_it():
    maps = torch.randn(2, 3, 12, 20)
    assert torch.allclose(deform(maps, still(2, 12, 20)), maps, atol=1e-5)
    shifted = deform(maps, still(2, 12, 20) + torch.tensor([3., -2.]))
    assert torch.allclose(shifted[:, :, 2:, :-3], maps[:, :, :-2, 3:], atol=1e-5)
    assert (shifted[:, :, :2].abs() < 1e-5).all() and (shifted[:, :, :, -3:].abs() < 1e-5).all()


def test_a_pixel_is_valid_if_all_that_it_shows_is():
    mask = torch.ones(1, 1, 12, 20, dtype=torch.bool)
    mask[..., 5:, :] = False
    half = deform_mask(mask, still(1, 12, 20) + torch.tensor([2.5, 0.5]))
    expected = torch.zeros_like(mask)
    expected[..., :4, :17] = True
    assert torch.equal(half, expected)


def test_displacements_are_smooth_differ_and_have_the_standard_deviation_at_control_points():
    torch.manual_seed(0)
    deformation = ElasticDeformation(std=3., spacing=16.)
    moves = deformation(400, 33, 49) - still(400, 33, 49)
    assert moves[:, 16, 16].std().item() == pytest.approx(3., rel=0.1)  # a control point
    assert abs(moves.mean()) < 0.1 and not torch.equal(moves[0], moves[1])
    assert moves.diff(dim=2).abs().mean() < 0.4
    torch.manual_seed(1)
    first = deformation(2, 33, 49)
    torch.manual_seed(1)
    assert torch.equal(first, deformation(2, 33, 49)) and first.dtype == torch.float32


def test_the_gradient_passes():
    maps = torch.randn(1, 2, 5, 6, dtype=torch.double, requires_grad=True)
    places = ElasticDeformation(std=1., spacing=4.)(1, 5, 6).double()
    assert torch.autograd.gradcheck(lambda x: deform(x, places), maps)


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match='ElasticDeformation: std=-1, must not be negative'):
        ElasticDeformation(std=-1)
    with pytest.raises(ValueError, match='ElasticDeformation: spacing=0, must be above 0'):
        ElasticDeformation(spacing=0)
