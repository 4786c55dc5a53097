# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which pixels of an unlabeled image its transforms have left empty."""
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.structures import PixelData
from mmseg.datasets.transforms import PackSegInputs

from mmseg_entmin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class TrackEmptyPixels(BaseTransform):
    """Stands where ``LoadAnnotations`` stands for a labeled image, and gives a map of zeros in place of a mask.

    What follows treats it as a mask: corners of a turned image and padding become void in it, as they do in a
    labeled image's. :class:`PackUnlabeledInputs`, at the pipeline's end, makes of it which pixels are valid, and no
    unsupervised loss learns the others.
    """

    def transform(self, results: dict) -> dict:
        results['gt_seg_map'] = np.zeros(results['img'].shape[:2], np.uint8)
        results.setdefault('seg_fields', []).append('gt_seg_map')
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'


@TRANSFORMS.register_module()
class PackUnlabeledInputs(PackSegInputs):
    """mmseg's ``PackSegInputs``, for an unlabeled image whose empty pixels were tracked.

    The sample has ``valid_pixels``, (1, H, W), bool, False where the image is empty, and no ``gt_sem_seg``.

    Raises:
        KeyError: no map; ``TrackEmptyPixels`` is missing in the pipeline.
    """

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
