# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Random transforms that draw from a seed of the sample's own, given by its place in the training.

An augmentation is then the same in whichever process it is made, and after a resume: the number of worker processes
does not matter, and nothing has to be drawn again to get to iteration 39,000.
"""
import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.dist import sync_random_seed
from mmengine.registry import DATA_SAMPLERS, DATASETS
from torch.utils.data import Dataset, Sampler

from .random_state import seeded

STRIDED = (DefaultSampler, InfiniteSampler)  # of n ranks each gets every nth index of one order


class Draw(NamedTuple):
    """What the sampler asks the dataset for: an index, and what the sample's seed is made of."""

    index: int
    entropy: tuple[int, ...]


class _Wrapper:
    """Shows the attributes of what it wraps, but not the methods by which torch asks for a protocol."""

    _inner: str

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__') or self._inner not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.__dict__[self._inner], name)

    def __len__(self) -> int:
        return len(self.__dict__[self._inner])


class SeededDataset(_Wrapper, Dataset):
    """Any dataset; a sample that is asked for by a :class:`Draw` is made from the seed in it.

    The random states of the process are as before after each sample: with ``num_workers=0`` a model that draws from
    numpy is not disturbed.

    Args:
        dataset: config of the dataset.
    """

    _inner = 'dataset'

    def __init__(self, dataset: dict) -> None:
        self.dataset = DATASETS.build(dataset)

    def __getitem__(self, draw: Any) -> Any:
        if not isinstance(draw, Draw):
            return self.dataset[draw]
        with seeded(draw.entropy):
            return self.dataset[draw.index]

    def full_init(self) -> None:
        if hasattr(self.dataset, 'full_init'):
            self.dataset.full_init()


class SeededSampler(_Wrapper, Sampler):
    """Any sampler; beside each index it gives what the sample's seed is made of.

    That is the seed of the run, the epoch, the step in it, the index, and how often the step had the index before: not
    the rank, so that two ranks make the samples that one rank with twice the batch would make. Of MMEngine's samplers
    it is counted over all ranks; :class:`LabeledUnlabeledSampler` gives no index to two. Of any other sampler it is
    counted on each rank alone: where two get an index in one step, they make the same sample.

    Args:
        sampler: config of the sampler.
        dataset: what it samples from.
        batch_size: of one rank.
        drop_last: whether the loader drops the last, smaller batch of an epoch.
        seed: None: a random one, the same on all ranks.
    """

    _inner = 'sampler'

    def __init__(self, sampler: dict, dataset: Dataset, batch_size: int = 1, drop_last: bool = False,
                 seed: int | None = None) -> None:
        self.seed = int(sync_random_seed() if seed is None else seed)
        self.sampler = DATA_SAMPLERS.build(sampler, default_args=dict(dataset=dataset, seed=self.seed))
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.epoch = self.skipped_epochs = self.start = 0

    def __iter__(self) -> Iterator[Draw]:
        start, seen = self.start, {}
        if not hasattr(self.sampler, 'skip'):  # else it begins at the position by itself
            self.start = 0  # of the next pass
        sampler, rank, ranks = self._all_ranks()
        for position, index in enumerate(sampler, self.start * ranks):
            if position < start * ranks:
                continue
            step, place = divmod(position, self.batch_size * ranks)
            if place == 0:
                seen.clear()
            seen[index] = seen.get(index, -1) + 1
            if position % ranks == rank:
                yield Draw(index, (self.seed, self.epoch, step, index, seen[index]))

    def _all_ranks(self) -> tuple[Sampler, int, int]:
        """A sampler of all ranks' indices, this rank's place among them, and how many ranks there are.

        Where only this rank's own are known, or needed, it is as if there were no other.
        """
        ranks = getattr(self.sampler, 'world_size', 1)
        if type(self.sampler) not in STRIDED or ranks == 1:
            return self.sampler, 0, 1
        whole = copy.copy(self.sampler)
        whole.rank, whole.world_size = 0, 1
        if hasattr(whole, 'skip'):  # its order was begun as this rank's
            whole.skip(self.start * ranks)
        return whole, self.sampler.rank, ranks

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch + self.skipped_epochs
        if hasattr(self.sampler, 'set_epoch'):
            self.sampler.set_epoch(self.epoch)

    def skip(self, num_samples: int) -> None:
        """Start at an absolute position, counted in samples of this rank; nothing is loaded.

        A sampler of finite passes starts in the pass that the position is in: MMEngine's loop would step through all
        of them, and wait two seconds after each.
        """
        self.start = num_samples
        if hasattr(self.sampler, 'skip'):
            self.sampler.skip(num_samples)
            return
        batches = len(self.sampler) // self.batch_size
        if not self.drop_last and len(self.sampler) % self.batch_size:
            batches += 1
        self.skipped_epochs, batch = divmod(num_samples // self.batch_size, batches)
        self.start = batch * self.batch_size
        self.set_epoch(0)


def with_sample_seeds(loader: Any) -> Any:
    """Config of a dataloader, with the wrappers of this module around its dataset and its sampler.

    Left as it is: a loader that is built already, and one with a batch sampler, which may look into its indices.
    """
    if not isinstance(loader, dict) or loader.get('batch_sampler') is not None:
        return loader
    parts = {name: loader.get(name) for name in ('dataset', 'sampler')}
    if not all(isinstance(part, dict) for part in parts.values()) or parts['dataset'].get('type') is SeededDataset:
        return loader
    return dict(
        loader, dataset=dict(type=SeededDataset, dataset=parts['dataset']),
        sampler=dict(
            type=SeededSampler, sampler=parts['sampler'], batch_size=loader.get('batch_size', 1),
            drop_last=loader.get('drop_last', False)))
