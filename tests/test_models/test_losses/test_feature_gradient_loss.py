# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Eq. 4 against an independent reference in numpy, its gradient, and its edges."""
import numpy as np
import pytest
import torch

from mmseg_entmin.models.losses import FeatureGradientLoss, feature_gradient_loss, fused, gradient_map
from tests.loss_forms import both_forms, predictions


def reference_map(x):
    """Sobel magnitude by hand, from nine shifted copies, float64."""
    p = np.pad(np.asarray(x, np.float64), ((0, 0), (0, 0), (1, 1), (1, 1)), mode='edge')
    h, w = x.shape[2:]
    at = {(i, j): p[:, :, i:i + h, j:j + w] for i in range(3) for j in range(3)}
    gx = (at[0, 2] + 2 * at[1, 2] + at[2, 2] - at[0, 0] - 2 * at[1, 0] - at[2, 0]) / 8
    gy = (at[2, 0] + 2 * at[2, 1] + at[2, 2] - at[0, 0] - 2 * at[0, 1] - at[0, 2]) / 8
    return np.sqrt(gx**2 + gy**2 + 1e-12).mean(axis=1)


def reference_pool(x, size):
    """Adaptive average pooling: cell i of n over m pixels covers floor(i m / n) to ceil((i + 1) m / n)."""
    out = np.empty((len(x), *size))
    for i in range(size[0]):
        for j in range(size[1]):
            rows = slice(i * x.shape[1] // size[0], -(-(i + 1) * x.shape[1] // size[0]))
            cols = slice(j * x.shape[2] // size[1], -(-(j + 1) * x.shape[2] // size[1]))
            out[:, i, j] = x[:, rows, cols].mean(axis=(1, 2))
    return out


def reference_loss(features, accumulate):
    maps = [reference_map(f) for f in features]
    total = 0.
    for j, current in enumerate(maps):
        if j == 0:
            continue
        target = sum(reference_pool(m, current.shape[1:]) for m in maps[:j])
        if accumulate == 'inclusive':
            target = target + current
        total += ((target - current)**2).mean()
    return total / len(maps)


def features(scale=1., dtype=torch.float32, sizes=((13, 17), (7, 9), (7, 9), (4, 5))):
    return [(torch.randn(2, 3 + j, *size) * scale).to(dtype) for j, size in enumerate(sizes)]


@pytest.mark.parametrize('accumulate', ['exclusive', 'inclusive'])
@pytest.mark.parametrize('scale', [1e-3, 1., 1e4])
@both_forms('feature_gradient')
def test_equals_reference(loss, accumulate, scale):
    maps = features(scale)
    expected = reference_loss([m.numpy() for m in maps], accumulate)
    assert loss(maps, accumulate).item() == pytest.approx(expected, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize('accumulate', ['exclusive', 'inclusive'])
@both_forms('feature_gradient')
def test_constant_maps_have_no_gradient_map(loss, accumulate):
    maps = [torch.full_like(m, 3.) for m in features()]
    expected = reference_loss([m.numpy() for m in maps], accumulate)
    assert loss(maps, accumulate).item() == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize('gradient_map', [gradient_map, fused.gradient_map], ids=['plain', 'fused'])
def test_a_ramp_of_slope_one_has_gradient_one(gradient_map):
    ramp = torch.arange(8.).expand(1, 2, 6, 8)
    assert torch.allclose(gradient_map(ramp)[..., 1:-1], torch.ones(1, 1, 6, 6))


@pytest.mark.parametrize('accumulate', ['exclusive', 'inclusive'])
@both_forms('feature_gradient')
def test_the_lowest_stage_is_only_a_target_and_has_a_gradient_of_zero(loss, accumulate):
    maps = [m.requires_grad_() for m in features()]
    loss(maps, accumulate).backward()
    assert not maps[0].grad.any()


@pytest.mark.parametrize('accumulate', ['exclusive', 'inclusive'])
@pytest.mark.parametrize('stage', [1, 2, 3])
@both_forms('feature_gradient')
def test_a_stage_has_a_gradient_from_its_own_target_and_none_from_being_one(loss, accumulate, stage):
    maps = [m.requires_grad_() for m in features()]
    loss(maps, accumulate).backward()
    lower, last = [m.detach() for m in maps[:stage]], maps[stage].detach().requires_grad_()
    (loss([*lower, last], accumulate) * (stage + 1) / len(maps)).backward()
    assert last.grad.any() and torch.allclose(maps[stage].grad, last.grad, rtol=1e-4, atol=1e-8)


@both_forms('feature_gradient')
def test_inclusive_value_ignores_the_last_stage_but_its_gradient_grows_it(loss):
    low, high = features(sizes=((8, 8), (4, 4)))
    high.requires_grad_()
    value = loss([low, high], 'inclusive')
    value.backward()
    assert value.item() == pytest.approx(loss([low, 5 * high.detach()], 'inclusive').item())
    grown = gradient_map(high.detach() - 1e-3 * high.grad).mean()
    assert grown > gradient_map(high.detach()).mean()


@both_forms('feature_gradient')
def test_exclusive_gradcheck_in_float64(loss):
    maps = [m.double() for m in features(sizes=((6, 6), (3, 3)))]
    assert torch.autograd.gradcheck(lambda x: loss([maps[0], x]), maps[1].requires_grad_())


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@both_forms('feature_gradient')
def test_half_inputs_are_computed_in_float32(loss, dtype):
    maps = features(100., dtype)
    value = loss(maps)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(reference_loss([m.float().numpy() for m in maps], 'exclusive'), rel=1e-5)


@pytest.mark.parametrize('size', [(14, 3), (3, 18)])
@both_forms('feature_gradient')
def test_maps_that_do_not_go_from_low_to_high_are_refused(loss, size):
    maps = features(sizes=((13, 17), (13, 17), size))
    with pytest.raises(ValueError, match=f'map 2 has {size[0]} x {size[1]}, larger than .* 13 x 17.*encoder_stages'):
        loss(maps)
    assert loss(maps[:2]).isfinite()


@pytest.mark.filterwarnings('ignore:.*the encoder has a single map')
@both_forms('feature_gradient')
def test_one_stage_and_an_empty_batch_add_zero(loss):
    assert loss([torch.randn(1, 2, 4, 4)]).item() == 0
    empty = torch.zeros(0, 2, 4, 4, requires_grad=True)
    value = loss([empty, empty])
    value.backward()
    assert value.item() == 0 and empty.grad.shape == empty.shape


def test_component_picks_stages_and_refuses_unknown_options():
    maps = features()
    outputs = predictions(features=maps)
    picked = FeatureGradientLoss('inclusive', stages=[0, 3])(outputs)
    assert picked.item() == pytest.approx(feature_gradient_loss([maps[0], maps[3]], 'inclusive').item())
    with pytest.raises(ValueError, match="accumulate='both'.*'exclusive'"):
        FeatureGradientLoss(accumulate='both')
    for stages in ([], [2], [3, 1], [1, 1], [-1, 0]):
        with pytest.raises(ValueError, match=r'stages=\[.*\], must be two indices or more, low to high'):
            FeatureGradientLoss(stages=stages)
    with pytest.raises(ValueError, match=r'FeatureGradientLoss: stages=\[1, 4\], the encoder has 4 maps'):
        FeatureGradientLoss(stages=[1, 4])(outputs)
    alone = predictions(features=maps[:1])
    with pytest.warns(UserWarning, match='the encoder has a single map.*encoder_stages, or leave this loss out'):
        assert FeatureGradientLoss()(alone) == 0
    with pytest.raises(ValueError, match='features is empty'):
        feature_gradient_loss([])
    with pytest.raises(ValueError, match='loss_weight=-1'):
        FeatureGradientLoss(loss_weight=-1)
    with pytest.raises(ValueError, match="loss_name='fgmr'"):
        FeatureGradientLoss(loss_name='fgmr')
