# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Datasets whose classes mmseg does not know: microscope images of blood cells, and CamVid."""
from mmseg.datasets import BaseSegDataset

from mmseg_entmin.registry import DATASETS


@DATASETS.register_module()
class BloodCellsDataset(BaseSegDataset):
    """White blood cells (WBC, Leukocyte and generated toy sets): background with red cells, cytoplasm, nucleus."""

    METAINFO = dict(
        classes=('background', 'cytoplasm', 'nucleus'), palette=[[235, 235, 235], [86, 180, 233], [106, 27, 154]])

    def __init__(self, img_suffix: str = '.png', seg_map_suffix: str = '.png', **kwargs) -> None:
        super().__init__(img_suffix=img_suffix, seg_map_suffix=seg_map_suffix, **kwargs)


@DATASETS.register_module()
class CamVidDataset(BaseSegDataset):
    """CamVid at 480 x 360 with its labels grouped into 11 classes; 255 is ignored."""

    METAINFO = dict(
        classes=('sky', 'building', 'pole', 'road', 'pavement', 'tree', 'sign symbol', 'fence', 'car', 'pedestrian',
                 'bicyclist'),
        palette=[[128, 128, 128], [128, 0, 0], [192, 192, 128], [128, 64, 128], [60, 40, 222], [128, 128, 0],
                 [192, 128, 128], [64, 64, 128], [64, 0, 128], [64, 64, 0], [0, 128, 192]])
