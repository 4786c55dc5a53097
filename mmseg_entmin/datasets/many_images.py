# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The images of a plain dataset of mmseg, held as one text. mmseg makes a dict for each image and pickles it: 10
microseconds and half a kilobyte an image, and as much again to read them."""
import os.path as osp
from collections.abc import Iterator, Sequence

import numpy as np
from mmengine import list_from_file
from mmengine.dataset import BaseDataset
from mmseg.datasets import BaseSegDataset

from mmseg_entmin.registry import DATASETS


class ManyImages(Sequence):
    """What mmseg's `load_data_list` gives for a list of names, made when it is asked for.

    Args:
        names: of the images, in their order.
        dataset: the dataset, for its folders, suffixes and label options.
    """

    def __init__(self, names: Sequence[str], dataset: BaseSegDataset) -> None:
        parts = [name.encode() for name in names]
        self._text = b''.join(parts)
        self._ends = np.cumsum([0, *map(len, parts)])
        folder, masks = (dataset.data_prefix.get(key) for key in ('img_path', 'seg_map_path'))
        self._image = osp.join(folder, ''), dataset.img_suffix
        self._mask = None if masks is None else (osp.join(masks, ''), dataset.seg_map_suffix)
        self._same = dict(label_map=dataset.label_map, reduce_zero_label=dataset.reduce_zero_label)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def name(self, index: int) -> str:
        return self._text[self._ends[index]:self._ends[index + 1]].decode()

    def __getitem__(self, index: int | slice) -> dict | list[dict]:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        index = range(len(self))[index]
        name = self.name(index)
        info = dict(img_path=name.join(self._image))
        if self._mask is not None:
            info['seg_map_path'] = name.join(self._mask)
        return {**info, **self._same, 'seg_fields': []}

    def paths(self) -> Iterator[str]:
        """The paths of the images, in their order."""
        ends = self._ends.tolist()
        return (self._text[start:end].decode().join(self._image) for start, end in zip(ends, ends[1:]))


def on_disk(backend_args: dict | None) -> bool:
    """Whether files are read from a disk, which is the default."""
    return (backend_args or {}).get('backend', 'local') == 'local'


def lean(cfg: dict) -> BaseDataset | dict:
    """The dataset of a config, built with its images as `ManyImages`; the config as it is, unless it is one of a plain
    dataset of mmseg with a list of images on a disk."""
    kind = cfg.get('type')
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    plain = (isinstance(kind, type) and issubclass(kind, BaseSegDataset)
             and all(getattr(kind, name) is getattr(base, name) for base, name in (
                 (BaseSegDataset, 'load_data_list'), (BaseDataset, 'filter_data'), (BaseDataset, 'full_init'),
                 (BaseDataset, 'get_data_info'), (BaseDataset, '__len__'))))
    listed = osp.join(cfg.get('data_root') or '', cfg.get('ann_file') or '')
    if not plain or cfg.get('indices') is not None or not on_disk(cfg.get('backend_args')) or not osp.isfile(listed):
        return cfg
    dataset = DATASETS.build(dict(cfg, lazy_init=True))
    names = [line.strip() for line in list_from_file(dataset.ann_file)]
    if dataset.data_prefix.get('img_path') and not any(name.startswith('/') for name in names):
        dataset.data_list, dataset.serialize_data, dataset._fully_initialized = ManyImages(names, dataset), False, True
    return dataset
