# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The labeled images of `LabeledUnlabeledSampler` alone, in the same order."""
import itertools
from collections.abc import Iterator, Sized

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import DATA_SAMPLERS

from .labeled_unlabeled_sampler import endless_order


@DATA_SAMPLERS.register_module()
class LabeledSampler(Sampler):
    """Endless indices in the order in which a `LabeledUnlabeledSampler` of the same seed gives labeled images, so that
    a supervised training sees the same images as a semi-supervised one. Any batch size goes with it.

    Args:
        dataset: labeled images.
        labeled: labeled images per batch and rank of the other training, >= 1.
        seed: default: random, equal on all ranks. MMEngine passes `randomness.seed`.
    """

    def __init__(self, dataset: Sized, labeled: int, seed: int | None = None) -> None:
        if labeled < 1:
            raise OptionError('LabeledSampler', 'labeled', labeled, 'must be at least 1')
        self.rank, self.world_size = get_dist_info()
        self.dataset, self.labeled = dataset, labeled
        self.seed = sync_random_seed() if seed is None else seed
        self.start = 0

    def __iter__(self) -> Iterator[int]:
        size = len(self.dataset)
        step = self.labeled * self.world_size
        order = endless_order(size, min(step, size), np.random.default_rng([self.seed, 0]))
        indices = itertools.chain.from_iterable(part.tolist() for part in order)
        mine = slice(self.rank * self.labeled, (self.rank + 1) * self.labeled)
        steps = (list(itertools.islice(indices, step))[mine] for _ in itertools.count())
        yield from itertools.islice(itertools.chain.from_iterable(steps), self.start, None)

    def skip(self, num_samples: int) -> None:
        """Starts at an absolute position >= 0, counted in samples of this rank; no image is loaded."""
        self.start = num_samples

    def __len__(self) -> int:
        """Number of images in the dataset; the order itself is endless."""
        return len(self.dataset)
