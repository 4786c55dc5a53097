# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which pixels count, at any size, and that no unsupervised loss depends on the others."""
import copy

import pytest
import torch
from mmengine.structures import PixelData

from mmseg_entmin.models.losses import adaptive_temperature
from mmseg_entmin.models.valid_pixels import all_valid, valid_at, valid_mean, valid_pixels, valid_range
from tests.loss_forms import FORMS, both_forms
from tests.peers import COLORS, METHODS, PEERS, peer
from tests.tiny import batch, build, sample, unet_cfg


def with_map(valid):
    """An unlabeled sample with a mask of its valid pixels."""
    out = sample(tuple(valid.shape), labeled=False)
    out.valid_pixels = PixelData(data=valid[None])
    return out


def test_padding_is_at_the_right_and_the_bottom_and_a_mask_tells_the_rest():
    images = torch.zeros(3, 3, 8, 8)
    holes = torch.rand(5, 7) < 0.5
    samples = [sample((5, 6), labeled=False), sample((8, 8), labeled=False), with_map(holes)]
    mask = valid_pixels(images, samples)
    assert mask.shape == (3, 1, 8, 8) and mask.dtype == torch.bool
    assert mask[0, 0, :5, :6].all() and mask[0].sum() == 30 and mask[1].all()
    assert torch.equal(mask[2, 0, :5, :7], holes) and mask[2].sum() == holes.sum()
    assert all_valid(images[1:2], samples[1:2])
    assert not all_valid(images[:2], samples[:2])
    assert not all_valid(images[:1], [with_map(torch.ones(8, 8, dtype=torch.bool))]), 'a map is not read back'


def test_a_place_of_a_smaller_map_is_valid_if_all_its_pixels_are():
    valid = torch.ones(1, 1, 8, 8, dtype=torch.bool)
    valid[0, 0, 5, 2] = False
    assert valid_at(valid, (8, 8)) is valid
    small = valid_at(valid, (4, 4))
    assert small.sum() == 15 and not small[0, 0, 2, 1]
    interior = valid_at(valid, (4, 4), neighbors=True)
    assert interior.sum() == 16 - 9 and not interior[0, 0, 1:4, 0:3].any()
    assert valid_at(valid, (16, 16)).sum() == 256 - 4, 'and of a larger one'


def mask(n=2, h=6, w=8):
    """The left two thirds of each image."""
    valid = torch.zeros(n, 1, h, w, dtype=torch.bool)
    valid[..., :w * 2 // 3] = True
    return valid


def test_mean_and_range_are_of_the_valid_pixels():
    x, valid = torch.randn(2, 1, 6, 8), mask()
    assert torch.allclose(valid_mean(x, valid), x[valid].mean()) and torch.allclose(valid_mean(x), x.mean())
    low, high = valid_range(x, valid)
    assert low.shape == high.shape == (2, 1, 1, 1)
    assert low.flatten().tolist() == [one[..., :5].min().item() for one in x]
    assert high.flatten().tolist() == [one[..., :5].max().item() for one in x]
    assert valid_mean(x, torch.zeros_like(valid)) == 0 == valid_mean(x[:0])
    x = torch.randn(2, 3, 6, 8)
    assert torch.allclose(valid_mean(x, valid, dim=(2, 3)), x[..., :5].mean(dim=(2, 3)), atol=1e-6)


LOSSES = {
    'sharpening': lambda loss, mu, s2, valid: loss(mu, s2, valid=valid),
    'sharpening at a fixed temperature': lambda loss, mu, s2, valid: loss(mu, temperature=0.5, valid=valid),
    'consistency of classes': lambda loss, mu, s2, valid: loss(
        mu, torch.tensor([[3., 0., 0.]] * 2, dtype=mu.dtype), valid=valid),
    'entropy': lambda loss, mu, s2, valid: loss(mu, valid=valid)
}
# The plain and the fused form of each.
CASES = [pytest.param(lambda *args, call=call, form=form: call(form, *args), id=f'{name}-{kind}')
         for name, call in LOSSES.items() for form, kind in zip(FORMS[name.split()[0]], ('plain', 'fused'))]
masked_losses = pytest.mark.parametrize('loss', CASES)


@masked_losses
def test_a_loss_is_that_of_the_valid_pixels_alone_and_has_no_gradient_elsewhere(loss):
    valid = mask()
    mu, s2 = 3 * torch.randn(2, 3, 6, 8), torch.rand(2, 3, 6, 8) + 0.1
    mu[..., 5:], s2[..., 5:] = 50 * torch.randn(2, 3, 6, 3), 100.  # these pixels must not matter
    whole, part = mu.clone().requires_grad_(), mu[..., :5].clone().requires_grad_()
    value, expected = loss(whole, s2, valid), loss(part, s2[..., :5], None)
    assert value.item() == pytest.approx(expected.item(), rel=1e-5) and value > 0
    value.backward()
    expected.backward()
    assert torch.allclose(whole.grad[..., :5], part.grad, atol=1e-7) and not whole.grad[..., 5:].any()


@masked_losses
def test_a_mask_of_all_pixels_changes_nothing_and_one_of_none_gives_zero(loss):
    mu, s2 = torch.randn(2, 3, 6, 8), torch.rand(2, 3, 6, 8)
    every = torch.ones(2, 1, 6, 8, dtype=torch.bool)
    assert loss(mu, s2, every).item() == pytest.approx(loss(mu, s2, None).item(), rel=1e-6)
    none = mu.requires_grad_()
    value = loss(none, s2, ~every)
    value.backward()
    assert value == 0 and not none.grad.any()


@pytest.mark.parametrize('loss', [case for case in CASES if not case.id.startswith('sharpening')])
def test_gradcheck_with_a_mask(loss):
    """Not of sharpening, which stops the gradient of its target."""
    mu, valid = torch.randn(2, 3, 2, 3, dtype=torch.double), mask(2, 2, 3)
    assert torch.autograd.gradcheck(lambda x: loss(x, None, valid), mu.requires_grad_())


def test_an_image_with_an_unsure_corner_is_sharpened_by_its_own_range():
    """Empty pixels would set the lowest or highest c, and so the temperature of all others."""
    mu, s2 = torch.randn(1, 3, 6, 8), torch.full((1, 3, 6, 8), 0.1)
    s2[..., 5:] = 90.
    valid = mask(1)
    temperature = adaptive_temperature(mu.softmax(1), s2, valid=valid)[valid]
    assert temperature.min() == pytest.approx(0.01) and temperature.max() == 1
    assert adaptive_temperature(mu.softmax(1), s2)[valid].max() < 0.02


@both_forms('feature_gradient')
def test_feature_gradients_count_where_no_neighbor_is_empty(loss):
    sizes = ((16, 24), (8, 12), (4, 6))
    maps = [torch.randn(2, 3, *size) for size in sizes]
    valid = torch.ones(2, 1, 16, 24, dtype=torch.bool)
    valid[..., 16:] = False  # of 24, 12 and 6 columns 16, 8 and 4 are valid, and 15, 7 and 3 have valid neighbors
    last, other = maps[2].clone().requires_grad_(), [m.clone() for m in maps]
    value = loss([*maps[:2], last], valid=valid)
    value.backward()
    assert last.grad[..., :4].any() and not last.grad[..., 4:].any()
    for m, columns in zip(other, (16, 8, 4)):
        m[..., columns:] = 1e3 * torch.randn_like(m[..., columns:])
    assert loss(other, valid=valid).item() == pytest.approx(value.item(), rel=1e-5)
    assert loss(other).item() > 10 * value.item()
    assert loss(maps, valid=torch.zeros_like(valid)) == 0
    whole = loss(maps, valid=torch.ones_like(valid))
    assert whole.item() == pytest.approx(loss(maps).item(), rel=1e-6)


OURS = {
    'EntMin': dict(),
    'EntMin in two': dict(forward_mode='two'),
    'EntMinConsistency': dict(type='EntMinConsistency', threshold=0., data_preprocessor=COLORS)
}
LEARN_FROM_PREDICTIONS = [  # on unlabeled images alone: labeled ones are not empty
    name for name in PEERS if METHODS[name].ignores_empty_pixels and not METHODS[name].learns_labeled]


def ours(name):
    return build({**unet_cfg(), **OURS[name]}).train()


@pytest.mark.parametrize('name', [*OURS, *LEARN_FROM_PREDICTIONS])
def test_no_method_learns_an_image_in_which_all_is_empty(name):
    model = ours(name) if name in OURS else peer(name)
    images, samples = batch(2, 2)
    for valid in (True, False):
        for i in (2, 3):
            samples[i] = with_map(torch.full((32, 32), valid))
        losses = model.loss(images, samples)
        terms = {key: value for key, value in losses.items() if key.startswith(('unsup.loss', 'consistency.loss'))}
        assert terms and all(value.isfinite() for value in terms.values())
        assert valid == any(value > 0 for value in terms.values())
        if not valid:
            assert not any(terms.values()), terms


def pixelwise(name):
    """The method on networks whose logits at a pixel are its own three channels."""
    model = peer(name)
    others = [getattr(model, part) for part in ('teacher', 'second') if hasattr(model, part)]
    for factor, network in enumerate([model, *others], 1):  # which do not agree
        network.backbone.forward = lambda x: x
        network.decode_head.forward = lambda x, factor=factor: factor * x.roll(factor, dims=1)
    if name == 'AdvSemiSeg':
        model.discriminator.forward = lambda probs: 6 * probs[:, :1] - 3
    if name == 'S4GAN':
        model.not_first.step += 1  # self-training has set in
        model.discriminator.forward = lambda probs, images: (probs[:, 0, 0, 0], probs[:, :, 0, 0])
    return model


@pytest.mark.parametrize('name', ['AdvSemiSeg', 'S4GAN', 'CPS', 'MeanTeacher', 'PseudoLabel'])
def test_a_peers_losses_are_those_of_the_valid_pixels_alone(name):
    """An image whose right half mirrors its left one has the same losses if the right half is padding."""
    model = pixelwise(name)
    if name == 'MeanTeacher':
        model.noise.std = 0.
    left, labels = torch.randn(4, 3, 32, 16), torch.randint(3, (2, 32, 16))
    results = []
    for width, right, right_labels in ((32, left.flip(3), labels.flip(2)),
                                       (16, 9 * torch.randn_like(left), torch.full_like(labels, 255))):
        maps = torch.cat([labels, right_labels], dim=2)
        samples = [sample((32, width), labels=one[None]) for one in maps] + [sample((32, width), labeled=False)] * 2
        losses = copy.deepcopy(model).loss(torch.cat([left, right], dim=3), samples)
        results.append({key: value for key, value in losses.items() if 'unsup.loss' in key or key in (
            'unsup.selected', 'discriminator.loss')})
    for key, value in results[0].items():
        assert value > 0 and value.item() == pytest.approx(results[1][key].item(), rel=1e-4), key


@pytest.mark.parametrize('name', OURS)
def test_a_map_of_valid_pixels_everywhere_gives_the_losses_of_none(name):
    model = ours(name)
    images, samples = batch(2, 2)
    results = []
    for tracked in (False, True):
        if tracked:
            samples[2:] = [with_map(torch.ones(32, 32, dtype=torch.bool)) for _ in range(2)]
        torch.manual_seed(1)
        results.append(copy.deepcopy(model).loss(images, samples))
    assert results[0].keys() == results[1].keys()
    for key, value in results[0].items():
        assert value.item() == pytest.approx(results[1][key].item(), rel=1e-5), key
