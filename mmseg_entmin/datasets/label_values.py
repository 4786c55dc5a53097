# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reads a dataset's masks as its pipeline does."""
import numpy as np

from .checks.file_names import check_mask_file, check_pipeline
from .checks.one_mask import LABEL_CHECKS
from .checks.problem import refuse
from .checks.sample import Sample
from .checks.source import LABELED, Source


def label_values(source: Source, index: int) -> np.ndarray:
    """The sorted classes in the mask of one image, after `label_map` and `reduce_zero_label`, without `ignore_index`.

    Raises FileNotFoundError without the mask file, and ValueError for a mask with several channels or frames, values
    above 255 or of no class.
    """
    refuse(check_mask_file(source, source.infos[index]))
    sample = Sample(source, index)
    for check in LABEL_CHECKS:
        refuse(check(sample))
    return sample.values


def labeled_source(dataset) -> Source:
    """The source of a plain dataset; raises ValueError if its pipeline loads no masks."""
    source = Source('dataset', LABELED, dataset)
    refuse(check_pipeline(source))
    return source
