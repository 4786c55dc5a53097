# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A sample's random transforms depend on its place in the training alone."""
import random
from itertools import islice

import mmengine.dataset.sampler as samplers
import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler
from mmengine.registry import DATASETS
from torch.utils.data import DataLoader, Dataset

from mmseg_entmin.engine.resume.sample_seeds import Draw, SeededDataset, SeededSampler, with_sample_seeds
from mmseg_entmin.engine.runner import ResumableRunner


@DATASETS.register_module()
class RandomNumbers(Dataset):
    """What a pipeline may draw from: python, numpy and torch."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple:
        return index, random.random(), np.random.rand(), torch.rand(()).item()


def loader(workers: int = 0, length: int = 7, sampler: str = 'InfiniteSampler', seed: int = 3, **options) -> DataLoader:
    return ResumableRunner.build_dataloader(
        dict(batch_size=4, num_workers=workers, dataset=dict(type='RandomNumbers', length=length),
             sampler=dict(type=sampler), collate_fn=dict(type=list), **options), seed=seed)


def batches(count: int, skip: int = 0, **options) -> list:
    data = loader(**options)
    if skip:
        data.sampler.skip(4 * skip)
    return list(islice(data, count))


@pytest.fixture(params=['skip', 'no skip'])
def release(request, monkeypatch):
    """MMEngine 0.10.12, and 0.10.7, whose InfiniteSampler cannot skip."""
    if request.param == 'no skip':
        monkeypatch.delattr(samplers.InfiniteSampler, 'skip', raising=False)


def test_a_skip_goes_to_the_same_place_in_each_release(release):
    assert batches(2, skip=3) == batches(5)[3:]


def test_the_same_with_workers_and_without_and_after_a_skip():
    whole = batches(6)
    assert batches(6, workers=2) == whole
    assert batches(3, skip=3) == batches(3, skip=3, workers=2) == whole[3:]
    drawn = [sample[1:] for batch in whole for sample in batch]
    assert len({sample[0] for batch in whole for sample in batch}) == 7 and len(set(drawn)) == len(drawn)
    assert batches(6, seed=4) != whole


def test_the_process_keeps_its_own_random_states():
    torch.manual_seed(0)
    expected = torch.rand(2).tolist()
    torch.manual_seed(0)
    first = torch.rand(()).item()
    batches(2)
    assert [first, torch.rand(()).item()] == expected


def test_an_image_that_a_step_has_twice_is_not_the_same_twice():
    batch, = batches(1, length=2)
    assert len({sample[0] for sample in batch}) == 2 and len(set(batch)) == 4


@pytest.mark.parametrize('drop_last', [False, True])
@pytest.mark.parametrize('skip', [1, 2, 3, 5, 2_000])
def test_a_sampler_of_finite_passes_is_skipped_by_index(drop_last, skip, monkeypatch):
    """MMEngine's loop starts the passes again by itself; it must be where it would have been."""

    def run(count: int, skip: int) -> list:
        data, found, epoch = loader(sampler='DefaultSampler', drop_last=drop_last), [], 0
        if skip:
            data.sampler.skip(4 * skip)
        while len(found) < count:
            found += list(data)
            epoch += 1
            data.sampler.set_epoch(epoch)
        return found[:count]

    assert run(5, skip) == run(skip + 5, 0)[skip:]


@pytest.mark.parametrize('kind, length', [('InfiniteSampler', 10), ('InfiniteSampler', 3), ('DefaultSampler', 3)])
def test_two_ranks_make_the_samples_of_one_with_twice_the_batch(release, monkeypatch, kind, length):
    """Also of an image that both of them get in one step."""

    def draws(rank: int, world_size: int, batch_size: int, skip: int = 0) -> list:
        monkeypatch.setattr(samplers, 'get_dist_info', lambda: (rank, world_size))
        sampler = SeededSampler(dict(type=kind), list(range(length)), batch_size, seed=1)
        if skip:
            sampler.skip(skip * batch_size)
        return list(islice(sampler, 5 * batch_size))

    pair = draws(0, 2, 2) + draws(1, 2, 2)
    assert len(set(pair)) == len(pair)
    if kind == 'InfiniteSampler':
        assert sorted(pair) == sorted(draws(0, 1, 4))
        assert draws(1, 2, 2, skip=2)[:6] == draws(1, 2, 2)[4:]


def test_wrappers_show_what_they_wrap_and_leave_other_loaders_alone():
    data = loader(sampler='DefaultSampler')
    assert data.dataset.length == 7 and isinstance(data.sampler.sampler, DefaultSampler)
    assert data.dataset[3][0] == 3 and data.dataset[Draw(3, (1, 2))] == data.dataset[Draw(3, (1, 2))]
    with pytest.raises(AttributeError):
        _ = data.dataset.absent
    assert not hasattr(data.dataset, '__getitems__')
    with_batch_sampler = dict(dataset=dict(), sampler=dict(), batch_sampler=dict(type='Own'))
    assert with_sample_seeds(with_batch_sampler) is with_batch_sampler
    twice = with_sample_seeds(dict(dataset=dict(type=SeededDataset), sampler=dict()))
    assert twice['dataset'] == dict(type=SeededDataset)


def test_another_seed_and_another_epoch_augment_otherwise():
    def entropies(seed, epoch):
        sampler = SeededSampler(dict(type='DefaultSampler', shuffle=False), list(range(4)), 2, seed=seed)
        sampler.set_epoch(epoch)
        return {draw.entropy for draw in sampler}

    first = entropies(0, 0)
    assert len(first) == 4 and not first & entropies(1, 0) and not first & entropies(0, 1)
