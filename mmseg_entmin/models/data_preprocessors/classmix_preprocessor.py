# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Copy-paste among the labeled images of a batch."""
from typing import Any

import torch
from mmengine.structures import PixelData
from mmseg.models import SegDataPreProcessor
from mmseg.utils import SampleList
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..options import options_of
from ..semi_batch import split_batch
from ..views import ClassMix, paste

IGNORE_INDEX = 255  # of the label maps that mmseg's pipelines give


@MODELS.register_module()
class ClassMixPreProcessor(SegDataPreProcessor):
    """A data preprocessor that in training also pastes classes of labeled images onto others of the batch.

    All pixels of some classes of a labeled image, with their labels, are pasted onto the next labeled image (those of
    the last onto the first; a single one is not mixed): ClassMix (Olsson et al. 2021) with true labels in place of
    predicted ones. Unlabeled images and tests are left alone; edge and depth maps are refused. It fits any config.

    Args:
        prob: probability that a labeled image gets pixels of another, in 0..1. Default 0.5.
        share: share of an image's classes that is pasted, see ``ClassMix``. Default 0.5.
        **kwargs: options of mmseg's ``SegDataPreProcessor``.
    """

    def __init__(self, prob: float = 0.5, share: float = 0.5, **kwargs) -> None:
        super().__init__(**kwargs)
        with options_of(self):
            self.mix = ClassMix(prob, share)

    def forward(self, data: dict, training: bool = False) -> dict[str, Any]:
        """Collate and normalize as mmseg does; in training, also mix the labeled images and their ``gt_sem_seg``."""
        data = super().forward(data, training)
        if training:
            self.mix_labeled(data['inputs'], data['data_samples'])
        return data

    @torch.no_grad()
    def mix_labeled(self, images: Tensor, data_samples: SampleList) -> None:
        """Mix the labeled images among (N, 3, H, W) in place, and give their samples new labels."""
        part, _ = split_batch(data_samples)
        samples = [sample for sample in data_samples if 'gt_sem_seg' in sample]
        for key in ('gt_edge_map', 'gt_depth_map'):
            if key in samples[0]:
                raise ValueError(f'ClassMixPreProcessor: the labeled images have a {key} too, which would not fit the '
                                 "mixed labels; take mmseg's SegDataPreProcessor")
        batch = images[part], torch.stack([sample.gt_sem_seg.data for sample in samples])
        others = [x.roll(1, dims=0) for x in batch]
        images[part], labels = paste(batch, others, self.mix.region(others[1].long(), IGNORE_INDEX))
        for sample, label in zip(samples, labels):
            sample.gt_sem_seg = PixelData(data=label)
