# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Keeps the result of transforms that always give the same for an image."""
import copy
import logging
from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.logging import print_log

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import TRANSFORMS
from mmseg_entmin.walk import dicts
from mmseg_entmin.words import amount

# What the option ``cache_mib`` takes to the start of a pipeline.
REPEATABLE = ('LoadImageFromFile', 'LoadTiff', 'LoadAnnotations', 'Resize')


@TRANSFORMS.register_module()
class Cached(BaseTransform):
    """Runs the first transforms of a pipeline (reading, resizing) and keeps the result of every image in memory.

    Above `max_mib` nothing more is kept, and further images are read each time. Forked workers share what a
    `SemiDataset` read before they started. What a worker reads itself, it keeps for itself, within the same bound.

    Args:
        transforms: configs; each must give the same for the same image. One with a random name raises ValueError.
        max_mib: bound of the kept arrays per process, in MiB, > 0. Default 1024.
    """

    def __init__(self, transforms: Sequence[dict], max_mib: float = 1024) -> None:
        if max_mib <= 0:
            raise OptionError('Cached', 'max_mib', max_mib, 'must be above 0')
        random = [cfg['type'] for cfg in transforms if 'Random' in str(cfg['type']) or 'Photo' in str(cfg['type'])]
        if random:
            raise ValueError(f'Cached: {random[0]} is random; each image would keep its first draw for ever. Put it '
                             'after Cached')
        self.compose = Compose(list(transforms))
        self.max_bytes = max_mib * 2**20
        self.bytes = 0
        self.full = False
        self.kept = {}

    @property
    def transforms(self) -> list:
        return self.compose.transforms

    def transform(self, results: dict) -> dict | None:
        """The result of the inner transforms; arrays are copies."""
        key = results.get('img_path')
        if key not in self.kept:
            done = self.compose(results)
            if done is None or self.full:
                return done
            size = sum(value.nbytes for value in done.values() if isinstance(value, np.ndarray))
            if self.bytes + size > self.max_bytes:
                self.full = True
                print_log(f'Cached: max_mib={self.max_bytes / 2**20:g} holds {amount(len(self.kept), "image")}; the '
                          'others are read anew each time', logger='current', level=logging.WARNING)
                return done
            self.bytes += size
            self.kept[key] = {name: value for name, value in done.items() if name != 'sample_idx'}
        return {**results, **copy.deepcopy(self.kept[key])}

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.compose}, max_mib={self.max_bytes / 2**20:g})'


def cache_pipelines(cfg: Config, max_mib: float) -> None:
    """Wraps the start of every training pipeline of a config into `Cached`, in place."""
    for node in dicts(cfg.train_dataloader.dataset):
        pipeline = node.get('pipeline')
        if pipeline and pipeline[0].get('type') in REPEATABLE:
            count = next((i for i, step in enumerate(pipeline) if step['type'] not in REPEATABLE), len(pipeline))
            node['pipeline'] = [dict(type='Cached', transforms=pipeline[:count], max_mib=max_mib), *pipeline[count:]]
