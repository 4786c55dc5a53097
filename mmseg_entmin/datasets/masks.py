# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reading a dataset's masks as its own pipeline would."""
import os.path as osp
from typing import Iterator

import numpy as np
from mmcv.transforms import LoadAnnotations


def mask_loader(dataset) -> LoadAnnotations:
    """The transform with which a dataset's pipeline loads masks.

    Raises:
        ValueError: there is none.
    """
    for transform in transforms_of(dataset.pipeline):
        if isinstance(transform, LoadAnnotations):
            return transform
    raise ValueError(f"{type(dataset).__name__} ({dataset.ann_file or dataset.data_prefix.get('img_path')}): its "
                     "pipeline has no LoadAnnotations, so its images are not labeled; add dict(type='LoadAnnotations')")


def transforms_of(pipeline) -> Iterator:
    """The transforms of a pipeline, those within others (cached ones) as well."""
    for transform in pipeline.transforms:
        yield transform
        if hasattr(transform, 'transforms'):
            yield from transforms_of(transform)


def label_values(dataset, index: int) -> np.ndarray:
    """The classes in the mask of one image, sorted; void is left out, ``label_map`` and ``reduce_zero_label`` hold.

    Args:
        dataset: a ``BaseSegDataset`` with masks and metainfo ``classes``.
        index: of the image.

    Raises:
        ValueError: no mask belongs to the image, or the mask holds anything but classes and ``ignore_index``.
        FileNotFoundError: the mask file does not exist.
    """
    info = dataset.get_data_info(index)
    if 'seg_map_path' not in info:
        raise ValueError(f"{info['img_path']}: no mask belongs to this image; set data_prefix.seg_map_path of its "
                         'dataset')
    path = info['seg_map_path']
    if dataset.backend_args is None and not osp.isfile(path):
        raise FileNotFoundError(f"{path}: the mask of the labeled image {info['img_path']} does not exist; add it, or "
                                'take the image out of the labeled list')
    mask = mask_loader(dataset)(info)['gt_seg_map']
    num_classes = len(dataset.metainfo['classes'])
    if mask.ndim != 2:
        raise ValueError(f'{path}: a mask of shape {mask.shape}; it must have one channel of class indices')
    values = np.unique(mask)
    values = values[values != dataset.ignore_index]
    if len(values) and not 0 <= values[0] <= values[-1] < num_classes:
        wrong = [int(v) for v in values if not 0 <= v < num_classes]
        raise ValueError(f'{path}: label value(s) {wrong}, but there are {num_classes} classes, 0 to '
                         f'{num_classes - 1}, and {dataset.ignore_index} for void; convert the mask')
    return values
