# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labeled and unlabeled images as one dataset."""
import os.path as osp
from typing import Any, Iterator, List

from mmcv.transforms import LoadAnnotations
from mmengine.dataset import BaseDataset, ConcatDataset
from mmengine.dist import get_dist_info

from mmseg_entmin.registry import DATASETS

from .masks import label_values, mask_loader, transforms_of
from .splits import read_list
from .transforms import Cached


@DATASETS.register_module()
class SemiDataset(ConcatDataset):
    """The labeled dataset, then the unlabeled one; each is any mmseg dataset, or a wrapper around some.

    What would go wrong in training is refused here, before it starts. Unlabeled images need no mask: the mask folder is
    taken out of their ``data_prefix``, so that none is ever looked for.

    Args:
        labeled: config of the labeled dataset; its pipeline loads annotations.
        unlabeled: config of the unlabeled dataset, of the same classes; its pipeline must not load annotations.
        check_masks: read every labeled mask once, shared among the ranks, to find values that are no class. Default
            True.

    Raises:
        FileNotFoundError: a list, an image or a labeled mask that does not exist.
        ValueError: an empty source, an image in both, a pipeline that does not fit, a label value that is no class.
    """

    def __init__(self, labeled: dict, unlabeled: dict, check_masks: bool = True) -> None:
        for source in (labeled, unlabeled):
            check_lists(source)
        try:
            super().__init__([labeled, without_masks(unlabeled)])
        except ValueError as error:
            if 'at least one array' not in str(error):  # what mmengine says of a dataset without an image
                raise
            folders = [(source.get('data_root'), source.get('data_prefix')) for source in (labeled, unlabeled)]
            raise ValueError('SemiDataset: the labeled or the unlabeled dataset has no image; look at img_suffix and '
                             f'the folders {folders[0]} and {folders[1]}') from error
        check_images(self.labeled, self.unlabeled)
        check_pipelines(self.labeled, self.unlabeled)
        if check_masks:
            rank, world_size = get_dist_info()
            for dataset in leaves(self.labeled):
                for index in range(rank, len(dataset), world_size):
                    label_values(dataset, index)
        for dataset in (*leaves(self.labeled), *leaves(self.unlabeled)):
            fill_cache(dataset)

    @property
    def labeled(self) -> BaseDataset:
        """The labeled dataset, indices 0 .. num_labeled - 1."""
        return self.datasets[0]

    @property
    def unlabeled(self) -> BaseDataset:
        """The unlabeled dataset, the indices that follow."""
        return self.datasets[1]

    @property
    def num_labeled(self) -> int:
        return len(self.labeled)

    @property
    def num_unlabeled(self) -> int:
        return len(self.unlabeled)


def leaves(dataset) -> Iterator[BaseDataset]:
    """The plain datasets inside wrappers (concatenated, repeated)."""
    inner = getattr(dataset, 'datasets', None) or [d for d in [getattr(dataset, 'dataset', None)] if d is not None]
    if inner:
        for part in inner:
            yield from leaves(part)
    else:
        yield dataset


def fill_cache(dataset: BaseDataset) -> None:
    """Read every image that a :class:`Cached` at the pipeline's start has room for: before workers are forked off."""
    first = dataset.pipeline.transforms[0]
    if isinstance(first, Cached):
        for index in range(len(dataset)):
            if first.full:
                break
            first(dataset.get_data_info(index))


def without_masks(cfg: Any) -> Any:
    """A copy of a dataset config, in which no ``data_prefix`` leads to masks."""
    if isinstance(cfg, dict):
        cfg = {key: without_masks(value) for key, value in cfg.items()}
        if 'data_prefix' in cfg:
            cfg['data_prefix'] = {key: value for key, value in cfg['data_prefix'].items() if key != 'seg_map_path'}
        return cfg
    return type(cfg)(without_masks(part) for part in cfg) if isinstance(cfg, (list, tuple)) else cfg


def check_lists(cfg: Any) -> None:
    """Refuse a config whose list file is missing, is empty or names an image twice; mmseg may silently take all."""
    if isinstance(cfg, dict):
        if cfg.get('ann_file'):
            path = osp.join(cfg.get('data_root') or '', cfg['ann_file'])
            if cfg.get('backend_args') is None and not osp.isdir(path):
                read_list(path)
        cfg = list(cfg.values())
    if isinstance(cfg, (list, tuple)):
        for part in cfg:
            check_lists(part)


def check_images(labeled, unlabeled) -> None:
    """Refuse an image in both sources, and an image file that does not exist."""
    paths: List[List[str]] = []
    for name, source in (('labeled', labeled), ('unlabeled', unlabeled)):
        paths.append([dataset.get_data_info(i)['img_path'] for dataset in leaves(source) for i in range(len(dataset))])
        if all(dataset.backend_args is None for dataset in leaves(source)):
            missing = [path for path in paths[-1] if not osp.isfile(path)]
            if missing:
                raise FileNotFoundError(
                    f'{missing[0]}: this {name} image does not exist ({len(missing)} of {len(paths[-1])} are missing); '
                    'look at data_root, img_suffix and the list')
    both = sorted(set(paths[0]) & set(paths[1]))
    if both:
        raise ValueError(f'{both[0]}: this image is both labeled and unlabeled (as are {len(both) - 1} others); take '
                         'it out of one of the two lists')


def check_pipelines(labeled, unlabeled) -> None:
    """Refuse a labeled pipeline that loads no annotations, and an unlabeled one that does."""
    for dataset in leaves(labeled):
        mask_loader(dataset)
    for dataset in leaves(unlabeled):
        if any(isinstance(transform, LoadAnnotations) for transform in transforms_of(dataset.pipeline)):
            raise ValueError('SemiDataset: the pipeline of the unlabeled dataset has LoadAnnotations; unlabeled images '
                             'have no masks, take it out')
