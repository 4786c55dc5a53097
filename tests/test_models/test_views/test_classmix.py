# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Classes by label: which are drawn, how many, how often, and refusals."""
import pytest
import torch

from mmseg_entmin.models.views import ClassMix

IGNORED = 255


def maps(*rows) -> torch.Tensor:
    """Labels (N, 1, 2, w)."""
    return torch.tensor(rows)[:, None, None].expand(-1, 1, 2, -1)


def drawn(labels, region) -> list:
    """Of each image the classes that are drawn; fails unless all pixels of a class are."""
    for image, inside in zip(labels, region):
        for label in image.unique():
            assert len(inside[image == label].unique()) == 1
    return [set(image[inside].tolist()) for image, inside in zip(labels, region)]


def test_half_of_the_classes_rounded_up_whole_and_of_the_image():
    labels = maps([0, 1, 2, 3, 0], [4, 4, 2, 2, 0], [3, 3, 3, 3, 3], [5, 1, 5, 1, 1])
    for _ in range(20):
        region = ClassMix().region(labels, 6)
        assert region.shape == labels.shape and region.dtype == torch.bool
        assert [len(classes) for classes in drawn(labels, region)] == [2, 2, 1, 1]


def test_ignored_pixels_are_neither_drawn_nor_counted():
    labels = maps([0, IGNORED, 1, IGNORED, 1], [IGNORED] * 5)
    for _ in range(20):
        classes, nothing = drawn(labels, ClassMix().region(labels, 2))
        assert classes in ({0}, {1}) and not nothing


def test_every_class_is_drawn_as_often_and_each_image_has_its_own():
    labels = maps([0, 1, 2, 3, 3]).expand(4000, -1, -1, -1)
    region = ClassMix().region(labels, 4)
    classes = region[:, 0, 0, :4]
    assert torch.equal(region, classes[:, None, None, [0, 1, 2, 3, 3]].expand_as(region)), 'whole classes'
    assert classes.float().mean(dim=0).tolist() == pytest.approx([0.5] * 4, abs=0.04)
    assert len(classes.unique(dim=0)) == 6


def test_share_and_probability():
    labels = maps([0, 1, 2, 3, 3]).expand(1000, -1, -1, -1)
    assert {len(row) for row in drawn(labels[:50], ClassMix(share=0.1).region(labels[:50], 4))} == {1}
    assert ClassMix(share=1.).region(labels, 4).all()
    assert not ClassMix(prob=0.).region(labels, 4).any()
    some = ClassMix(prob=0.3).region(labels, 4).flatten(1).any(1).float().mean()
    assert some.item() == pytest.approx(0.3, abs=0.05)


def test_only_some_classes():
    labels = maps([0, 1, 2, 2, IGNORED], [0, 0, 0, 0, 0])
    mix = ClassMix(share=1., classes=[1, 2, 9])
    assert drawn(labels, mix.region(labels, 3)) == [{1, 2}, set()]
    with pytest.raises(ValueError, match='ClassMix: classes='):
        ClassMix(classes=[])


@pytest.mark.parametrize('options, message', [
    (dict(prob=1.5), 'prob=1.5'), (dict(share=0), 'share=0'), (dict(share=1.1), 'share=1.1')])
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=f'ClassMix: {message}, must be'):
        ClassMix(**options)
