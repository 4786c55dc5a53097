# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Batches with a fixed number of labeled and of unlabeled images."""
import itertools
from collections.abc import Iterator

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class LabeledUnlabeledSampler(Sampler):
    """Endless indices: `labeled` labeled images, then `unlabeled` unlabeled ones, and again.

    The batch size of the dataloader must be `labeled + unlabeled`. Each source is shuffled on its own and used
    completely before an image repeats. All ranks draw from one order, so no image appears twice in a step. The order
    depends only on the seed and the number of ranks.

    Args:
        dataset: a `SemiDataset` (anything with `num_labeled` and `num_unlabeled`, labeled images first).
        labeled: images per batch and rank, >= 1; a step of all ranks takes at most what the source has.
        unlabeled: the same for the unlabeled images.
        seed: default: random, equal on all ranks. MMEngine passes `randomness.seed`.

    Raises ValueError for another dataset or counts that do not fit.
    """

    def __init__(self, dataset, labeled: int, unlabeled: int, seed: int | None = None) -> None:
        if not (hasattr(dataset, 'num_labeled') and hasattr(dataset, 'num_unlabeled')):
            raise ValueError(f'LabeledUnlabeledSampler needs a SemiDataset, but got {type(dataset).__name__}; put '
                             'wrappers around the labeled or the unlabeled dataset of a SemiDataset')
        self.rank, self.world_size = get_dist_info()
        for name, count, size in (('labeled', labeled, dataset.num_labeled),
                                  ('unlabeled', unlabeled, dataset.num_unlabeled)):
            if count < 1:
                raise OptionError('LabeledUnlabeledSampler', name, count, f'a batch needs at least 1 {name} image')
            if count * self.world_size > size:
                raise OptionError('LabeledUnlabeledSampler', name, count, f'on {self.world_size} rank(s) a step takes '
                                  f'{count * self.world_size} {name} images, but the dataset has {size}')
        self.dataset, self.labeled, self.unlabeled = dataset, labeled, unlabeled
        self.seed = sync_random_seed() if seed is None else seed
        self.start = 0

    def __iter__(self) -> Iterator[int]:
        first = self.dataset.num_labeled
        sources = (self._steps(first, self.labeled, source=0, offset=0),
                   self._steps(self.dataset.num_unlabeled, self.unlabeled, source=1, offset=first))
        indices = (index for both in zip(*sources) for part in both for index in part)
        # MMEngine skips whole batches; what is left over is for whoever iterates by hand
        yield from itertools.islice(indices, self.start % (self.labeled + self.unlabeled), None)

    def _steps(self, size: int, count: int, source: int, offset: int) -> Iterator[list]:
        """This rank's indices of one source, step by step, from the step at which the sampler starts."""
        order = endless_order(size, count * self.world_size, np.random.default_rng([self.seed, source]))
        mine = slice(self.rank * count, (self.rank + 1) * count)
        first = self.start // (self.labeled + self.unlabeled)
        for step in itertools.islice(order, first, None):
            yield (step[mine] + offset).tolist()

    def skip(self, num_samples: int) -> None:
        """Starts at an absolute position >= 0, counted in samples of this rank; no image is loaded."""
        if num_samples < 0:
            raise ValueError(f'LabeledUnlabeledSampler.skip: num_samples={num_samples}, must not be negative')
        self.start = num_samples

    def __len__(self) -> int:
        """Number of images in the dataset; the order itself is endless."""
        return len(self.dataset)


def endless_order(size: int, step: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Steps of `step` different indices from shuffled passes over range(size), each pass used completely. Where a step
    continues into a new pass, the indices that it already holds move to the end of that pass."""
    rest = rng.permutation(size)
    while True:
        if len(rest) < step:
            fresh = rng.permutation(size)
            seen = np.isin(fresh, rest)
            rest = np.concatenate([rest, fresh[~seen], fresh[seen]])
        yield rest[:step]
        rest = rest[step:]
