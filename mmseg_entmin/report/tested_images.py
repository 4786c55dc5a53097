# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The images of a config's test data, by name, and their labels."""
import os
from collections import Counter
from typing import Any

import numpy as np
from mmengine.config import Config, ConfigDict

from mmseg_entmin.datasets.checks import refuse
from mmseg_entmin.datasets.checks.one_mask import refuse_changed_masks
from mmseg_entmin.datasets.checks.source import dataset_configs, find_sources, mask_loader
from mmseg_entmin.visualization.outcomes import IGNORE_INDEX


def plain_dataset(config: Config) -> ConfigDict:
    """The config of the first plain dataset of the test data; ValueError if another one has another pipeline."""
    (first, found), *others = [
        (key, part) for key, _, part in dataset_configs(config.test_dataloader.dataset, 'test_dataloader.dataset')]
    for key, part in others:
        if part.get('pipeline') != found.get('pipeline'):
            raise ValueError(f"config '{config.filename}': {key}.pipeline is not {first}.pipeline; give all parts of "
                             'the test data one pipeline')
    return found


def find_images(config: Config) -> dict[str, tuple[Any, dict]]:
    """The plain dataset and the data info of each test image, by its path below the data_root or else its whole path.

    Raises:
        FileNotFoundError: missing data.
        ValueError: no test data, no image, or a pipeline that loads no masks.
    """
    if config.get('test_dataloader') is None:
        raise ValueError(f"config '{config.filename}' has no test_dataloader")
    sources, problems = find_sources(config, ('test', ))
    refuse(problems)
    for source in sources:
        if mask_loader(source.dataset) is None:
            raise ValueError(f"config '{config.filename}': {source.key}.pipeline loads no masks to compare with; add "
                             "dict(type='LoadAnnotations')")
        refuse_changed_masks(source.dataset)
    found = {info['img_path']: (source.dataset, info) for source in sources for info in source.infos}
    if not found:
        raise ValueError(f"the test data of '{config.filename}' has no image")
    names = {path: os.path.relpath(path, part.data_root or '.') for path, (part, _) in found.items()}
    counts = Counter(names.values())
    return {name if counts[name] == 1 else path: found[path] for path, name in names.items()}


def read_truth(dataset: Any, info: dict) -> np.ndarray:
    """Labels of an image, uint8, (H, W); 255 where pixels are ignored."""
    labels = mask_loader(dataset)(dict(info))['gt_seg_map']
    return np.where(labels == dataset.ignore_index, IGNORE_INDEX, labels).astype(np.uint8)
