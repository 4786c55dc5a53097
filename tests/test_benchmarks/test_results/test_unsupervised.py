# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Criteria of a network on images without masks, of networks whose prediction is known."""
import pytest
import torch

from benchmarks.results.unsupervised import scores

IMAGES = torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def bright(x):
    """Sure of the class of each pixel, whatever is around it."""
    return torch.stack([x[:, 0] > 0.3, x[:, 0] <= 0.3], dim=1).double()


def test_a_sure_network_that_sees_pixels_agrees_with_itself():
    found = scores(bright, IMAGES, ('cell', 'rest'))
    assert found['target.entropy'] == 0 and found['target.agreement'] == 100
    assert found['target.share.cell'] == pytest.approx(100 * (IMAGES[:, 0] > 0.3).float().mean().item(), abs=0.01)
    assert found['target.share.cell'] + found['target.share.rest'] == pytest.approx(100, abs=0.01)


def test_an_unsure_network_has_all_the_entropy():
    assert scores(lambda x: torch.full((3, 4, 8, 8), 0.25), IMAGES, 'abcd')['target.entropy'] == 100


def test_a_network_that_sees_places_disagrees_with_itself():
    left = torch.zeros(3, 2, 8, 8)
    left[:, 0, :, :4] = left[:, 1, :, 4:] = 1
    found = scores(lambda x: left, IMAGES, ('left', 'right'))
    assert found['target.agreement'] == pytest.approx(100 * (0 + 1 + 1 / 3) / 3, abs=0.01)


def test_one_class_everywhere_is_seen_by_its_share():
    found = scores(lambda x: torch.eye(2)[0].view(1, 2, 1, 1).expand(3, 2, 8, 8), IMAGES, ('cell', 'rest'))
    assert (found['target.entropy'], found['target.share.cell'], found['target.share.rest']) == (0, 100, 0)
