# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A training batch, split into its labeled and its unlabeled images."""
from dataclasses import dataclass
from functools import cached_property

import torch
from mmseg.utils import SampleList
from torch import Tensor

from .valid_pixels import all_valid, valid_pixels

Images = slice | list[int]


@dataclass(frozen=True, eq=False)
class SemiBatch:
    """The labeled images (N_l, K, H, W), N_l >= 1, and the unlabeled (N_u, K, H, W) of a batch; None if N_u is 0."""

    labeled: Tensor
    labeled_samples: SampleList
    unlabeled: Tensor | None
    unlabeled_samples: SampleList

    @classmethod
    def of(cls, images: Tensor, data_samples: SampleList) -> 'SemiBatch':
        """Split images (N, K, H, W) and their N samples; see ``split_batch``."""
        labeled, unlabeled = split_batch(data_samples)
        return cls(images[labeled], [sample for sample in data_samples if 'gt_sem_seg' in sample],
                   None if unlabeled is None else images[unlabeled],
                   [sample for sample in data_samples if 'gt_sem_seg' not in sample])

    @property
    def all_valid(self) -> bool:
        """Whether every pixel of the unlabeled images is valid."""
        return all_valid(self.unlabeled, self.unlabeled_samples)

    @cached_property
    def valid(self) -> Tensor:
        """Valid pixels of the unlabeled images, (N_u, 1, H, W), bool: no padding, see ``valid_pixels``."""
        return valid_pixels(self.unlabeled, self.unlabeled_samples)

    @property
    def labels(self) -> Tensor:
        """The label maps of the labeled images, integer (N_l, H, W)."""
        return torch.cat([sample.gt_sem_seg.data for sample in self.labeled_samples]).long()


def split_batch(data_samples: SampleList) -> tuple[Images, Images | None]:
    """Indices of a batch's labeled samples, those with ``gt_sem_seg``, and of its unlabeled ones, None without any.

    They are slices, which copy no image, where the labeled samples come first, as the sampler orders them. A batch
    without a labeled sample raises a ValueError.
    """
    is_labeled = ['gt_sem_seg' in sample for sample in data_samples]
    count = sum(is_labeled)
    if count == 0:
        raise ValueError(f'none of the {len(is_labeled)} images of the batch is labeled; '
                         'train_dataloader.batch_size must be labeled + unlabeled of its LabeledUnlabeledSampler')
    if count == len(is_labeled):
        return slice(None), None
    if all(is_labeled[:count]):
        return slice(count), slice(count, None)
    return ([i for i, flag in enumerate(is_labeled) if flag], [i for i, flag in enumerate(is_labeled) if not flag])
