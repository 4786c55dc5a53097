# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from itertools import islice
from types import SimpleNamespace

import pytest

from mmseg_entmin.datasets.samplers import LabeledSampler, LabeledUnlabeledSampler


def take(sampler, count):
    return list(islice(iter(sampler), count))


@pytest.mark.parametrize('size', [5, 8])
def test_the_order_of_the_other_sampler(size):
    both = LabeledUnlabeledSampler(SimpleNamespace(num_labeled=size, num_unlabeled=9), 3, 2, seed=4)
    labeled = [index for index in take(both, 100) if index < size]
    assert take(LabeledSampler(range(size), 3, seed=4), 60) == labeled
    assert take(LabeledSampler(range(size), 3, seed=5), 60) != labeled


def test_skip():
    whole, rest = LabeledSampler(range(7), 3, seed=0), LabeledSampler(range(7), 3, seed=0)
    rest.skip(13)
    assert take(rest, 30) == take(whole, 43)[13:]


def test_fewer_images_than_a_batch():
    indices = take(LabeledSampler(range(2), 4, seed=0), 12)
    assert all(set(indices[start:start + 2]) == {0, 1} for start in range(0, 12, 2))


def test_ranks_take_turns(monkeypatch):
    alone = take(LabeledSampler(range(9), 4, seed=1), 24)
    both = []
    for rank in (0, 1):
        monkeypatch.setattr('mmseg_entmin.datasets.samplers.labeled_sampler.get_dist_info', lambda rank=rank: (rank, 2))
        both.append(take(LabeledSampler(range(9), 2, seed=1), 12))
    assert [index for step in range(6) for part in both for index in part[2 * step:2 * step + 2]] == alone


def test_no_image_a_batch():
    with pytest.raises(ValueError, match='labeled=0, must be at least 1'):
        LabeledSampler(range(3), 0)
