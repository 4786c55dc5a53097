# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Seeds for each sample, by its place in the training: augmentations are the same in any worker and after a resume."""
import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.dist import sync_random_seed
from mmengine.registry import DATA_SAMPLERS, DATASETS
from torch.utils.data import Dataset, Sampler

from .random_state import seeded

STRIDED = (DefaultSampler, InfiniteSampler)  # each of n ranks gets every nth index of one order


class Draw(NamedTuple):
    """What the sampler gives the dataset: an index, and the numbers of the sample's seed."""

    index: int
    entropy: tuple[int, ...]


class _Wrapper:
    """Shows the attributes of the wrapped object, but no special methods."""

    _inner: str

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__') or self._inner not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.__dict__[self._inner], name)

    def __len__(self) -> int:
        return len(self.__dict__[self._inner])


class SeededDataset(_Wrapper, Dataset):
    """Any dataset, by its config; a sample for a `Draw` is made with its seed, and random states are then restored."""

    _inner = 'dataset'

    def __init__(self, dataset: dict) -> None:
        self.dataset = DATASETS.build(dataset)

    def __getitem__(self, draw: Any) -> Any:
        if not isinstance(draw, Draw):
            return self.dataset[draw]
        with seeded(draw.entropy):
            return self.dataset[draw.index]


class SeededSampler(_Wrapper, Sampler):
    """Any sampler, given by its config; it gives each index together with the numbers of the sample's seed.

    These are the seed of the run (default: random, the same on all ranks), the epoch, its step, the index, and how
    often the index came before in the step, counted over all ranks for MMEngine's samplers. The rank is not among them:
    two ranks make the samples of one rank with twice the batch.
    """

    _inner = 'sampler'

    def __init__(self, sampler: dict, dataset: Dataset, batch_size: int = 1, drop_last: bool = False,
                 seed: int | None = None) -> None:
        self.seed = int(sync_random_seed() if seed is None else seed)
        self.sampler = DATA_SAMPLERS.build(sampler, default_args=dict(dataset=dataset, seed=self.seed))
        self.batch_size, self.drop_last = batch_size, drop_last
        self.epoch = self.skipped_epochs = self.start = 0

    def __iter__(self) -> Iterator[Draw]:
        start, seen = self.start, {}
        if not hasattr(self.sampler, 'skip'):  # else the sampler begins at the position itself
            self.start = 0  # the next pass is a whole one
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
        """A sampler of the indices of all ranks, this rank, and the number of ranks; (sampler, 0, 1) if not needed."""
        ranks = getattr(self.sampler, 'world_size', 1)
        if type(self.sampler) not in STRIDED or ranks == 1:
            return self.sampler, 0, 1
        whole = copy.copy(self.sampler)
        whole.rank, whole.world_size = 0, 1
        if isinstance(whole, InfiniteSampler):
            whole.indices = whole._indices_of_rank()  # its order was that of this rank
        if hasattr(whole, 'skip'):
            whole.skip(self.start * ranks)
        return whole, self.sampler.rank, ranks

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch + self.skipped_epochs
        if hasattr(self.sampler, 'set_epoch'):
            self.sampler.set_epoch(self.epoch)

    def skip(self, num_samples: int) -> None:
        """Starts at an absolute position, in samples of this rank, without loading any. A sampler of finite passes
        starts in the right pass: MMEngine's loop would step through all passes, and wait two seconds after each."""
        self.start = num_samples
        if hasattr(self.sampler, 'skip'):
            self.sampler.skip(num_samples)
        if hasattr(self.sampler, 'skip') or isinstance(self.sampler, InfiniteSampler):
            return  # MMEngine 0.10.7 has no skip: __iter__ leaves the indices before the start out
        batches, rest = divmod(len(self.sampler), self.batch_size)
        batches += not self.drop_last and rest > 0
        self.skipped_epochs, batch = divmod(num_samples // self.batch_size, batches)
        self.start = batch * self.batch_size
        self.set_epoch(0)


def with_sample_seeds(loader: Any) -> Any:
    """Config of a dataloader with these wrappers; one that is built already or has a batch sampler does not change."""
    if not isinstance(loader, dict) or loader.get('batch_sampler') is not None:
        return loader
    parts = {name: loader.get(name) for name in ('dataset', 'sampler')}
    if not all(isinstance(part, dict) for part in parts.values()) or parts['dataset'].get('type') is SeededDataset:
        return loader
    options = dict(batch_size=loader.get('batch_size', 1), drop_last=loader.get('drop_last', False))
    return dict(loader, dataset=dict(type=SeededDataset, dataset=parts['dataset']),
                sampler=dict(type=SeededSampler, sampler=parts['sampler'], **options))
