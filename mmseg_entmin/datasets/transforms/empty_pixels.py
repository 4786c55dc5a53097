# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tracks which pixels of an unlabeled image its transforms leave empty."""
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.structures import PixelData
from mmseg.datasets.transforms import PackSegInputs

from mmseg_entmin.registry import TRANSFORMS

IGNORED = 255


@TRANSFORMS.register_module()
class TrackEmptyPixels(BaseTransform):
    """Adds a map of zeros as a mask, where a labeled pipeline has `LoadAnnotations`; of 255 where `LoadTiff` found no
    data. Later transforms set padding and empty corners to the ignored value. `PackUnlabeledInputs` at the end of the
    pipeline turns the map into valid pixels, and unsupervised losses use only these."""

    def transform(self, results: dict) -> dict:
        results['gt_seg_map'] = np.zeros(results['img'].shape[:2], np.uint8)
        if (empty := results.pop('no_data', None)) is not None:
            results['gt_seg_map'][empty] = IGNORED
        results.setdefault('seg_fields', []).append('gt_seg_map')
        return results


@TRANSFORMS.register_module()
class PackUnlabeledInputs(PackSegInputs):
    """mmseg's `PackSegInputs` for an unlabeled image with tracked empty pixels (KeyError without `TrackEmptyPixels`).
    The sample has `valid_pixels`, (1, H, W), bool, False where the image is empty, and no `gt_sem_seg`."""

    def transform(self, results: dict) -> dict:
        if 'gt_seg_map' not in results:
            raise KeyError('PackUnlabeledInputs: nothing says which pixels are empty; put '
                           "dict(type='TrackEmptyPixels') after LoadImageFromFile in the unlabeled pipeline, or use "
                           'PackSegInputs')
        packed = super().transform(results)
        sample = packed['data_samples']
        sample.valid_pixels = PixelData(data=sample.gt_sem_seg.data == 0)
        del sample.gt_sem_seg
        return packed
