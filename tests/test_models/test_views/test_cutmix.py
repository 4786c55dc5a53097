# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Boxes by image numbers: whose they are, where they are, how large, and refusals."""
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmseg_entmin.models.views import CutMix, paste


def numbered(count: int, size=(24, 20)) -> torch.Tensor:
    """Images (count, 1, H, W) that are their own number at every pixel."""
    return torch.arange(count).view(-1, 1, 1, 1).expand(-1, 1, *size).contiguous()


def sides(boxes: torch.Tensor) -> tuple:
    """Height and width of every box (N, 1, H, W), floats."""
    return boxes.any(dim=3).sum(dim=(1, 2)).float(), boxes.any(dim=2).sum(dim=(1, 2)).float()


@pytest.mark.parametrize('count', [2, 3, 8])
def test_the_box_is_of_the_image_before_and_the_rest_is_the_image_itself(count):
    mixed, = CutMix(prob=1., area=(0.1, 0.4))(numbered(count))
    for i, image in enumerate(mixed[:, 0]):
        inside = image != i
        assert inside.any() and not inside.all()
        assert (image[inside] == (i - 1) % count).all()
        rows, columns = inside.any(1).nonzero(), inside.any(0).nonzero()
        assert inside[rows.min():rows.max() + 1, columns.min():columns.max() + 1].all()  # one rectangle
        assert inside.sum() == (rows.max() + 1 - rows.min()) * (columns.max() + 1 - columns.min())


def test_pixels_stay_where_they_are():
    images = torch.randn(4, 3, 24, 20)
    mixed, numbers = CutMix(prob=1., area=(0.1, 0.4))(images, numbered(4))
    assert torch.equal(mixed, torch.where(numbers == numbered(4), images, images.roll(1, 0)))
    assert not torch.equal(mixed, images)


def test_all_tensors_share_the_boxes_and_keep_their_types():
    numbers = numbered(5)
    tensors = numbers.float().expand(-1, 3, -1, -1), numbers, numbers > 2, numbers.half().expand(-1, 7, -1, -1)
    mixed = CutMix(prob=1., area=(0.1, 0.4))(*tensors)
    assert [x.dtype for x in mixed] == [x.dtype for x in tensors]
    assert [x.shape for x in mixed] == [x.shape for x in tensors]
    assert (mixed[1] != numbers).any()
    assert (mixed[0] == mixed[1]).all() and (mixed[3] == mixed[1]).all() and torch.equal(mixed[2], mixed[1] > 2)


def test_others_are_pasted_where_they_are_wanted():
    images, others = numbered(3), numbered(3) + 10
    where = torch.zeros_like(images, dtype=torch.bool)
    where[1, :, :5] = True
    pasted, numbers = paste([images.float(), images], [others.float(), others], where)
    assert torch.equal(numbers, torch.where(where, others, images)) and torch.equal(pasted, numbers.float())


def test_a_region_is_of_boxes_whatever_the_labels():
    torch.manual_seed(0)
    region = CutMix(prob=1., area=(0.1, 0.4)).region(numbered(3), 2)
    torch.manual_seed(0)
    assert torch.equal(region, CutMix(prob=1., area=(0.1, 0.4)).boxes(3, 24, 20))


def test_inputs_are_not_changed_and_no_gradient_passes():
    images = torch.randn(3, 3, 24, 20, requires_grad=True)
    before = images.detach().clone()
    mixed, = CutMix(prob=1.)(images)
    assert torch.equal(images, before) and not mixed.requires_grad


def test_probability_is_the_share_of_the_images_that_are_mixed():
    images = numbered(6)
    assert torch.equal(CutMix(prob=0.)(images)[0], images)
    share = lambda prob: CutMix(prob, (0.1, 0.4)).boxes(1000, 24, 20).flatten(1).any(1).float().mean()  # noqa: E731
    assert share(0.) == 0 and share(1.) == 1
    assert share(0.3).item() == pytest.approx(0.3, abs=0.05)


def test_a_batch_of_one_image_stays_as_it_is():
    images, labels = torch.randn(1, 3, 24, 20), numbered(1)
    mixed = CutMix(prob=1.)(images, labels)
    assert mixed[0] is images and mixed[1] is labels


def test_the_same_random_state_gives_the_same_boxes_and_each_image_has_its_own():
    cutmix = CutMix(prob=1., area=(0.1, 0.4))
    draws = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        draws.append(cutmix.boxes(8, 24, 20))
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])
    assert len(draws[0].flatten(1).unique(dim=0)) == 8


@given(
    area=st.tuples(st.floats(0.02, 0.4), st.floats(0.02, 0.4)).map(sorted),
    aspect=st.tuples(st.floats(0.5, 2), st.floats(0.5, 2)).map(sorted), height=st.integers(40, 80),
    width=st.integers(40, 80))
def test_share_and_aspect_of_the_box_are_within_their_ranges_up_to_half_a_pixel(area, aspect, height, width):
    """The sides of the box are rounded, and cut where the image is too narrow for them."""
    h, w = sides(CutMix(1., area, aspect).boxes(20, height, width))
    cut = (h == height) | (w == width)
    assert ((h - 0.5).clamp(min=0) * (w - 0.5).clamp(min=0) <= area[1] * height * width + 1e-2).all()
    assert (cut | ((h + 0.5) * (w + 0.5) >= area[0] * height * width - 1e-2)).all()
    assert (cut | ((h - 0.5) / (w + 0.5) <= aspect[1] + 1e-3)).all()
    assert (cut | ((h + 0.5) / (w - 0.5) >= aspect[0] - 1e-3)).all()


def test_shares_are_drawn_evenly_and_aspects_evenly_in_the_logarithm():
    h, w = sides(CutMix(1., (0.1, 0.3), (0.5, 2)).boxes(4000, 100, 100))
    shares = h * w / 1e4
    assert shares.mean().item() == pytest.approx(0.2, abs=0.005)
    assert (shares < 0.15).float().mean().item() == pytest.approx(0.25, abs=0.03)
    assert (h / w).log().mean().item() == pytest.approx(0., abs=0.03)
    assert ((h / w) > 2**0.5).float().mean().item() == pytest.approx(0.25, abs=0.03)


def test_a_side_longer_than_the_image_is_cut():
    for aspect, size in ((100, (20, 1)), (0.01, (1, 20))):
        h, w = sides(CutMix(1., (0.4, 0.4), (aspect, aspect)).boxes(50, 20, 20))
        assert (h == size[0]).all() and (w == size[1]).all()


def test_the_whole_image_and_none_of_it():
    images = numbered(3, (20, 20))
    assert torch.equal(CutMix(1., (1, 1), (1, 1))(images)[0], images.roll(1, 0))
    assert torch.equal(CutMix(1., (0, 0))(images)[0], images)


def test_every_place_is_as_likely():
    """First and last rows and columns are in boxes as often as each other."""
    boxes = CutMix(1., (0.25, 0.25), (1, 1)).boxes(4000, 10, 10)[:, 0].float().mean(0)
    for edges in (boxes.mean(0), boxes.mean(1)):  # 5 wide boxes at one of 6 places, 1 of which reaches an edge
        assert edges[[0, -1]].tolist() == pytest.approx([0.5 / 6] * 2, abs=0.02)
        assert edges[[4, 5]].tolist() == pytest.approx([0.5 * 5 / 6] * 2, abs=0.02)


@pytest.mark.parametrize('options, message', [
    (dict(prob=1.5), 'prob=1.5'), (dict(prob=-0.1), 'prob=-0.1'),
    (dict(area=(0.5, 0.2)), r'area=\(0.5, 0.2\)'), (dict(area=(-0.1, 0.2)), r'area=\(-0.1, 0.2\)'),
    (dict(area=(0.1, 1.2)), r'area=\(0.1, 1.2\)'),
    (dict(aspect=(0, 1)), r'aspect=\(0, 1\)'), (dict(aspect=[2, 1]), r'aspect=\(2, 1\)')])
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=f'CutMix: {message}, must be'):
        CutMix(**options)


def test_several_boxes_share_the_area_and_the_partner():
    torch.manual_seed(0)
    one, three = (CutMix(prob=1., area=(0.3, 0.3), aspect=(1., 1.), num_boxes=n).boxes(200, 60, 60) for n in (1, 3))
    shares = three.float().mean(dim=(1, 2, 3))
    assert one.float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert 0.1 - 0.01 <= shares.min() and shares.max() <= 0.3 + 0.01  # boxes may lie on each other
    images = torch.arange(3.).view(3, 1, 1, 1).expand(3, 1, 60, 60)
    mixed, = CutMix(prob=1., area=(0.3, 0.3), num_boxes=3)(images)
    assert [row.unique().tolist() for row in mixed] == [[0., 2.], [0., 1.], [1., 2.]]


def test_boxes_of_cps_mix_a_quarter_of_the_pixels_as_its_released_code():
    """Three boxes by exclusive or; the union of the same boxes would be 0.31."""
    torch.manual_seed(0)
    mix = CutMix(prob=1., area=(0.25, 0.5), aspect=None, num_boxes=3)
    assert mix.boxes(1000, 64, 64).float().mean().item() == pytest.approx(0.25, abs=0.01)
    torch.manual_seed(0)
    union = sum(mix.one_box(1000, 64, 64).int() for _ in range(3)) > 0
    assert union.float().mean().item() == pytest.approx(0.31, abs=0.01)


def test_without_an_aspect_a_box_is_between_full_width_and_full_height():
    mix = CutMix(prob=1., area=(0.25, 0.25), aspect=None)
    height, width = sides(mix.boxes(500, 100, 100))
    assert height.min() >= 25 and height.max() <= 100 and (height * width - 2500).abs().max() < 60
    assert height.log().mean().item() == pytest.approx(width.log().mean().item(), abs=0.1)
