# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Gives mmseg's datasets the method that MMEngine's `ClassBalancedDataset` calls: the classes of an image."""
import numpy as np
from mmengine.dataset import ConcatDataset
from mmseg.datasets import BaseSegDataset

from .checks.source import mask_loader


def classes_in_mask(dataset: BaseSegDataset, index: int) -> list[int]:
    """The classes in the mask of one image as the pipeline loads it, without `ignore_index`; each mask is read once."""
    known = vars(dataset).setdefault('_classes_in_masks', {})
    if index not in known:
        loader = mask_loader(dataset)
        if loader is None:
            raise ValueError('ClassBalancedDataset: its images have no masks (no LoadAnnotations in the pipeline), so '
                             'their classes are not known; put it around a labeled dataset')
        labels = np.unique(loader(dataset.get_data_info(index))['gt_seg_map'])
        known[index] = labels[labels != dataset.ignore_index].tolist()
    return known[index]


def classes_in_part(dataset: ConcatDataset, index: int) -> list[int]:
    """The classes in one image of concatenated datasets."""
    part, place = dataset._get_ori_dataset_idx(index)
    return dataset.datasets[part].get_cat_ids(place)


# mmengine 0.10 and mmseg 1.4 raise NotImplementedError here, or have no such method.
BaseSegDataset.get_cat_ids = classes_in_mask
ConcatDataset.get_cat_ids = classes_in_part
