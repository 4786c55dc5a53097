# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reading a dataset's masks as its own pipeline would."""
import numpy as np

from .checks.file_names import check_mask_file, check_pipeline
from .checks.one_mask import LABEL_CHECKS
from .checks.problem import refuse
from .checks.sample import Sample
from .checks.source import LABELED, Source


def label_values(source: Source, index: int) -> np.ndarray:
    """The classes in the mask of one image, sorted; void is left out, ``label_map`` and ``reduce_zero_label`` hold.

    Args:
        source: a ``BaseSegDataset`` with masks and metainfo ``classes``, see :func:`labeled_source`.
        index: of the image.

    Raises:
        ValueError: no mask belongs to the image, or the mask holds anything but classes and ``ignore_index``, more than
            one channel or frame, or values above 255, of which 8 bits would be kept.
        FileNotFoundError: the mask file does not exist.
    """
    refuse(check_mask_file(source, source.infos[index]))
    sample = Sample(source, index)
    for check in LABEL_CHECKS:
        refuse(check(sample))
    return sample.values


def labeled_source(dataset) -> Source:
    """A plain dataset whose masks can be read.

    Raises:
        ValueError: its pipeline loads none.
    """
    source = Source('dataset', LABELED, dataset)
    refuse(check_pipeline(source))
    return source
