# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fixed counts, disjoint ranks, sources exhausted on their own, determinism, resume by index, refusals."""
from collections import Counter
from itertools import islice
from types import SimpleNamespace

import pytest
from torch.utils.data import DataLoader

from mmseg_entmin.datasets import LabeledUnlabeledSampler
from mmseg_entmin.datasets.samplers import labeled_unlabeled_sampler as module


class Sized:
    """What the sampler asks of a dataset."""

    def __init__(self, num_labeled, num_unlabeled):
        self.num_labeled, self.num_unlabeled = num_labeled, num_unlabeled

    def __len__(self):
        return self.num_labeled + self.num_unlabeled

    def __getitem__(self, index):
        return index


def steps(count, sizes=(15, 135), labeled=4, unlabeled=6, rank=0, world_size=1, seed=0, skip=0):
    """The first batches of one rank, each (labeled indices, unlabeled indices)."""
    module_ranks = SimpleNamespace(get=lambda: (rank, world_size))
    original, module.get_dist_info = module.get_dist_info, module_ranks.get
    try:
        sampler = LabeledUnlabeledSampler(Sized(*sizes), labeled, unlabeled, seed)
    finally:
        module.get_dist_info = original
    sampler.skip(skip)
    indices = list(islice(sampler, count * (labeled + unlabeled)))
    batches = [indices[i:i + labeled + unlabeled] for i in range(0, len(indices), labeled + unlabeled)]
    return [(batch[:labeled], batch[labeled:]) for batch in batches]


def test_every_batch_has_the_fixed_counts_labeled_first():
    for labeled, unlabeled in steps(200):
        assert len(labeled) == 4 and all(0 <= i < 15 for i in labeled)
        assert len(unlabeled) == 6 and all(15 <= i < 150 for i in unlabeled)


@pytest.mark.parametrize('sizes, labeled, unlabeled', [((15, 135), 4, 6), ((7, 5), 3, 5), ((4, 100), 4, 1)])
def test_each_source_is_exhausted_before_any_image_comes_again(sizes, labeled, unlabeled):
    """After any number of steps, the counts of two images of one source differ by 1 at most."""
    seen = [Counter(dict.fromkeys(part, 0)) for part in (range(sizes[0]), range(sizes[0], sum(sizes)))]
    for batch in steps(120, sizes, labeled, unlabeled):
        for counter, part in zip(seen, batch):
            counter.update(part)
            assert max(counter.values()) - min(counter.values()) <= 1
    assert all(min(counter.values()) >= 1 for counter in seen)


@pytest.mark.parametrize('world_size', [2, 3])
def test_ranks_are_disjoint_in_every_step_also_where_a_pass_ends(world_size):
    ranks = [steps(100, rank=rank, world_size=world_size) for rank in range(world_size)]
    for step in zip(*ranks):
        indices = [index for batch in step for part in batch for index in part]
        assert len(set(indices)) == len(indices) == world_size * 10


def test_two_ranks_see_together_what_one_rank_of_twice_the_batch_sees():
    alone = steps(50, labeled=4, unlabeled=6)
    pair = zip(*(steps(50, labeled=2, unlabeled=3, rank=rank, world_size=2) for rank in range(2)))
    assert [(a[0] + b[0], a[1] + b[1]) for a, b in pair] == alone


def test_the_order_comes_from_the_seed_alone():
    assert steps(30, seed=3) == steps(30, seed=3) != steps(30, seed=4)
    order = [i for labeled, _ in steps(3, labeled=5) for i in labeled]
    assert sorted(order) == list(range(15)) and order != list(range(15))


@pytest.mark.parametrize('batches', [0, 1, 7, 39_000])
def test_skip_goes_on_where_an_uninterrupted_run_would_be(batches):
    assert steps(20, skip=batches * 10) == steps(batches + 20)[batches:]


def test_skip_within_a_batch():
    sampler = LabeledUnlabeledSampler(Sized(15, 135), 4, 6, seed=0)
    whole = list(islice(sampler, 40))
    sampler.skip(13)
    assert list(islice(sampler, 27)) == whole[13:]


def test_workers_get_whole_batches():
    dataset = Sized(15, 135)
    sampler = LabeledUnlabeledSampler(dataset, 4, 6, seed=0)
    loader = DataLoader(dataset, batch_size=10, sampler=sampler, num_workers=2)
    got = [batch.tolist() for batch in islice(loader, 5)]
    assert [(b[:4], b[4:]) for b in got] == steps(5)


@pytest.mark.parametrize('labeled, unlabeled, world_size, message', [
    (0, 4, 1, 'labeled=0, a batch needs at least 1 labeled'),
    (4, 0, 1, 'unlabeled=0, a batch needs at least 1 unlabeled'),
    (16, 4, 1, 'labeled=16, on 1 rank.s. a step takes 16 labeled images, but the dataset has 15'),
    (4, 50, 3, 'unlabeled=50, on 3 rank.s. a step takes 150 unlabeled images, but the dataset has 135'),
])
def test_an_impossible_request_names_the_numbers(labeled, unlabeled, world_size, message):
    with pytest.raises(ValueError, match=message):
        steps(1, labeled=labeled, unlabeled=unlabeled, world_size=world_size)


def test_needs_a_dataset_of_two_sources():
    with pytest.raises(ValueError, match='needs a SemiDataset, but got list'):
        LabeledUnlabeledSampler([1, 2, 3], 1, 1)
    with pytest.raises(ValueError, match='num_samples=-1'):
        LabeledUnlabeledSampler(Sized(2, 2), 1, 1, seed=0).skip(-1)


def test_sources_of_one_size_are_shuffled_apart():
    labeled, unlabeled = zip(*steps(5, sizes=(10, 10), labeled=2, unlabeled=2))
    assert [[i + 10 for i in part] for part in labeled] != list(unlabeled)
