# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The images that a config trains on with masks, and those that it evaluates on."""
import os
from typing import NamedTuple

from mmengine.config import Config

from mmseg_entmin.datasets.checks.problem import refuse
from mmseg_entmin.datasets.checks.source import LABELED, SPLITS, TEST, UNLABELED, dataset_configs, find_sources


class Listed(NamedTuple):
    """Paths without links."""

    labeled: set[str]
    evaluation: set[str]


def listed_images(cfg: Config) -> Listed:
    """Reads the datasets of a config; those that name no place of data have no images.

    Raises FileNotFoundError or ValueError, with the key, if the images of one cannot be found.
    """
    found: dict[str, set[str]] = {LABELED: set(), TEST: set()}
    for split in SPLITS:
        place = f'{split}_dataloader'
        for _, role, part in dataset_configs((cfg.get(place) or {}).get('dataset'), f'{place}.dataset'):
            if role == UNLABELED or not has_place(part):
                continue
            alone = Config({place: dict(dataset=part), 'default_scope': cfg.get('default_scope', 'mmseg')})
            sources, problems = find_sources(alone, [split])
            refuse(problems)
            for source in sources:
                found.get(source.role, set()).update(os.path.realpath(info['img_path']) for info in source.infos)
    return Listed(found[LABELED], found[TEST])


def has_place(dataset: dict) -> bool:
    """Whether a dataset says where its images are."""
    prefix = dataset.get('data_prefix') or {}
    return bool(dataset.get('data_root') or dataset.get('ann_file') or any(prefix.values()))
