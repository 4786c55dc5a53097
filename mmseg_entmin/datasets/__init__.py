# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from . import class_balance  # noqa: F401  gives the datasets of mmseg a method
from .dataset_classes import BloodCellsDataset, CamVidDataset
from .samplers import LabeledUnlabeledSampler
from .semi_dataset import SemiDataset
from .transforms import Cached

__all__ = ['BloodCellsDataset', 'Cached', 'CamVidDataset', 'LabeledUnlabeledSampler', 'SemiDataset']
