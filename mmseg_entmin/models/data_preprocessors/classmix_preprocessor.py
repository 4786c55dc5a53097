# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Copy-paste among the labeled images of a batch."""
from typing import Any

import torch
from mmengine.structures import PixelData
from mmseg.models import SegDataPreProcessor
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..semi_batch import split_batch
from ..views import ClassMix, paste

VOID = 255  # in the label maps of mmseg's pipelines


@MODELS.register_module()
class ClassMixPreProcessor(SegDataPreProcessor):
    """mmseg's preprocessor, which in training pastes classes of labeled images onto other labeled ones of the batch.

    All pixels of some classes of an image, with their labels, lie on the labeled image after it (the first follows the
    last; one alone stays as it is): ClassMix (Olsson et al. 2021) with true labels in place of predicted ones. Objects
    are seen before other surroundings. Unlabeled images, and tests, are as with mmseg's. It is an augmentation, for
    supervised configs and for every method here, at next to no cost:

        model = dict(data_preprocessor=dict(type='ClassMixPreProcessor'))

    Args:
        prob: probability that a labeled image gets pixels of another, in 0..1. Default 0.5.
        share: share of the classes in an image that it gives, see :class:`ClassMix`. Default 0.5.
        **kwargs: of mmseg's ``SegDataPreProcessor``.

    Raises:
        ValueError: an option out of its range; in training, edge or depth maps beside the labels, which would no
            longer fit.
    """

    def __init__(self, prob: float = 0.5, share: float = 0.5, **kwargs) -> None:
        super().__init__(**kwargs)
        self.mix = ClassMix(prob, share)

    def forward(self, data: dict, training: bool = False) -> dict[str, Any]:
        """As mmseg's; in training the labeled images and their ``gt_sem_seg`` are mixed."""
        data = super().forward(data, training)
        if training:
            self.mix_labeled(data['inputs'], data['data_samples'])
        return data

    @torch.no_grad()
    def mix_labeled(self, images: Tensor, data_samples: SampleList) -> None:
        """Mix the labeled ones of the images (N, 3, H, W), in place, and replace the labels of their samples."""
        part, _ = split_batch(data_samples)
        samples = [sample for sample in data_samples if 'gt_sem_seg' in sample]
        check(samples[0])
        batch = images[part], torch.stack([sample.gt_sem_seg.data for sample in samples])
        others = [x.roll(1, dims=0) for x in batch]
        images[part], labels = paste(batch, others, self.mix.region(others[1].long(), VOID))
        for sample, label in zip(samples, labels):
            sample.gt_sem_seg = PixelData(data=label)


def check(sample: SegDataSample) -> None:
    """Raise a ValueError if a labeled sample has more than labels, which would no longer fit them."""
    for key in ('gt_edge_map', 'gt_depth_map'):
        if key in sample:
            raise ValueError(f'ClassMixPreProcessor: the labeled images have a {key} too, which would not fit the '
                             "mixed labels; take mmseg's SegDataPreProcessor")
