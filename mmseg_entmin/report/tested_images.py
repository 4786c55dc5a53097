# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The images of a config's test data, by name, and their truths."""
import os
from collections import Counter
from typing import Any

import numpy as np
from mmengine.config import Config, ConfigDict

from mmseg_entmin.datasets.checks import refuse
from mmseg_entmin.datasets.checks.source import dataset_configs, find_sources, mask_loader

VOID = 255


def plain_configs(config: Config) -> list[tuple[str, ConfigDict]]:
    """Key and config of each plain dataset of the test data.

    Raises:
        ValueError: no test data.
    """
    if config.get('test_dataloader') is None:
        raise ValueError(f"config '{config.filename}' has no test_dataloader")
    return [(key, part) for key, _, part in dataset_configs(config.test_dataloader.dataset, 'test_dataloader.dataset')]


def plain_dataset(config: Config) -> ConfigDict:
    """The config of the first plain dataset of the test data, whose pipeline all of them have.

    Raises:
        ValueError: another pipeline in another one.
    """
    (first, found), *others = plain_configs(config)
    for key, part in others:
        if part.get('pipeline') != found.get('pipeline'):
            raise ValueError(f"config '{config.filename}': {key}.pipeline is not {first}.pipeline; give all parts of "
                             'the test data one pipeline')
    return found


def find_images(config: Config) -> dict[str, tuple[Any, dict]]:
    """The plain dataset of each test image and what it knows of the image, by name.

    An image is named by its path below the data_root, or by its whole path if that of another one is the same below
    another data_root.

    Raises:
        FileNotFoundError: no such data.
        ValueError: no test data, no image, or a pipeline that loads no masks.
    """
    plain_configs(config)
    sources, problems = find_sources(config, ('test', ))
    refuse(problems)
    for source in sources:
        if mask_loader(source.dataset) is None:
            raise ValueError(f"config '{config.filename}': {source.key}.pipeline loads no masks, with which "
                             "predictions are compared; add dict(type='LoadAnnotations')")
    found = {info['img_path']: (source.dataset, info) for source in sources for info in source.infos}
    if not found:
        raise ValueError(f"the test data of '{config.filename}' has no image")
    names = {path: os.path.relpath(path, part.data_root or '.') for path, (part, _) in found.items()}
    counts = Counter(names.values())
    return {name if counts[name] == 1 else path: found[path] for path, name in names.items()}


def read_truth(dataset: Any, info: dict) -> np.ndarray:
    """Labels of an image, uint8, (H, W); 255 for void."""
    labels = mask_loader(dataset)(dict(info))['gt_seg_map']
    return np.where(labels == dataset.ignore_index, VOID, labels).astype(np.uint8)
