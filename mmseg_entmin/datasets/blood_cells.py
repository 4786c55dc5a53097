# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Microscope images of single white blood cells."""
from mmseg.datasets import BaseSegDataset

from mmseg_entmin.registry import DATASETS


@DATASETS.register_module()
class BloodCellsDataset(BaseSegDataset):
    """White blood cells in three classes: the WBC, Leukocyte and generated toy sets.

    Masks hold 0 for background (red cells and platelets included), 1 for cytoplasm, 2 for nucleus, 255 to ignore.

    Args:
        img_suffix (str): Suffix of the images. Defaults to '.png'.
        seg_map_suffix (str): Suffix of the masks. Defaults to '.png'.
        **kwargs: The other arguments of :class:`mmseg.datasets.BaseSegDataset`.
    """

    METAINFO = dict(
        classes=('background', 'cytoplasm', 'nucleus'), palette=[[235, 235, 235], [86, 180, 233], [106, 27, 154]])

    def __init__(self, img_suffix: str = '.png', seg_map_suffix: str = '.png', **kwargs) -> None:
        super().__init__(img_suffix=img_suffix, seg_map_suffix=seg_map_suffix, **kwargs)
