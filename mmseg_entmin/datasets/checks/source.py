# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The plain datasets inside the wrappers of a config."""
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mmcv.transforms import LoadAnnotations
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmseg_entmin.errors import reason
from mmseg_entmin.registry import DATASETS
from mmseg_entmin.walk import dict_at, dicts, keyed_dicts, type_name

from ..many_images import ManyImages, lean, on_disk
from .file_facts import Files, look
from .lists import check_lists, list_stems
from .problem import ERROR, Problem

LABELED, UNLABELED, TEST = 'labeled', 'unlabeled', 'test'
SPLITS = ('train', 'val', 'test')


def loaders(dataset) -> list[Any]:
    """The transforms of a dataset's pipeline, without the wrappers of `Cached` and of the guards."""
    return [getattr(transform, 'loader', transform) for transform in _flat(dataset.pipeline.transforms)]


def _flat(transforms) -> Iterator[Any]:
    for transform in transforms:
        yield from _flat(transform.transforms) if hasattr(transform, 'transforms') else [transform]


def mask_loader(dataset) -> LoadAnnotations | None:
    """The transform that loads masks, or None."""
    return next((transform for transform in loaders(dataset) if isinstance(transform, LoadAnnotations)), None)


def image_loader(dataset) -> Any | None:
    """The transform that loads images: the first with 'Load' in its name, else the first without masks, or None."""
    others = [transform for transform in loaders(dataset) if not isinstance(transform, LoadAnnotations)]
    named = [transform for transform in others if 'Load' in (name := type(transform).__name__) and 'Annot' not in name]
    return next(iter(named + others), None)


@dataclass
class Source:
    """One plain dataset."""

    key: str  # of the config, like 'train_dataloader.dataset.labeled'
    role: str  # 'labeled', 'unlabeled', or 'test' (validation too)
    dataset: Any
    normalization: dict = field(default_factory=dict)  # options of the data preprocessor, mean and std

    def __len__(self) -> int:
        return len(self.dataset)

    def info(self, index: int) -> dict:
        """img_path, seg_map_path, ... of an image."""
        return self.dataset.get_data_info(index)

    @property
    def infos(self) -> Iterator[dict]:
        """Those of all images."""
        return map(self.info, range(len(self)))

    @property
    def paths(self) -> Iterator[str]:
        """The paths of the images."""
        images = getattr(self.dataset, 'data_list', None)
        return images.paths() if isinstance(images, ManyImages) else (info['img_path'] for info in self.infos)

    @cached_property
    def files(self) -> Files:
        """The files of the images, from one look at each."""
        return look(self.paths)

    @property
    def local(self) -> bool:
        """Whether the dataset and all its loaders read from a disk; a prefix like 's3://' does not."""
        readers = [self.dataset, *loaders(self.dataset)]
        return (all(on_disk(getattr(reader, 'backend_args', None)) for reader in readers)
                and not any('://' in str(prefix) for prefix in self.dataset.data_prefix.values()))

    @property
    def classes(self) -> tuple:
        return tuple(self.dataset.metainfo.get('classes') or ())


def dataset_configs(cfg: Any, key: str, role: str = '') -> Iterator[tuple[str, str, dict]]:
    """Key, role ('' if unknown) and config of each plain dataset inside wrappers."""
    if isinstance(cfg, (list, tuple)):
        for index, part in enumerate(cfg):
            yield from dataset_configs(part, f'{key}[{index}]', role)
    elif isinstance(cfg, dict):
        inner = {name: cfg[name] for name in ('dataset', 'datasets', LABELED, UNLABELED) if name in cfg}
        for name, part in inner.items():
            yield from dataset_configs(part, f'{key}.{name}', role or (name if name in (LABELED, UNLABELED) else ''))
        if not inner and 'type' in cfg:
            yield key, role, cfg


def check_wrappers(dataset: Any, key: str) -> Iterator[Problem]:
    """A `SemiDataset` that is not the training dataset itself, or images that are packed before they are mixed."""
    for place, node in keyed_dicts(dataset, key):
        kind = type_name(node)
        if kind == 'SemiDataset' and place != 'train_dataloader.dataset':
            yield Problem('wrapper', ERROR, place, 'a SemiDataset has to be train_dataloader.dataset itself',
                          'put wrappers around its labeled or unlabeled dataset, and evaluate on a labeled dataset')
        inner = [str(type_name(step)) for part in dicts(node.get('dataset')) for step in part.get('pipeline') or ()]
        if kind == 'MultiImageMixDataset' and any('Pack' in name for name in inner):
            yield Problem('wrapper', ERROR, f'{place}.dataset.pipeline', 'packs images before they are mixed',
                          'move PackSegInputs to the end of the pipeline of MultiImageMixDataset')


def find_sources(cfg: Config, splits=SPLITS, read_list: Callable = list_stems) -> tuple[list[Source], list[Problem]]:
    """The plain datasets of a config's dataloaders, built once per role, and the problems of those that fail."""
    sources: list[Source] = []
    problems: list[Problem] = []
    seen: dict[tuple, str] = {}
    for split in splits:
        loader = cfg.get(f'{split}_dataloader')
        if not loader:
            continue
        place = f'{split}_dataloader.dataset'
        wrong = list(check_wrappers(loader.get('dataset'), place))
        problems += wrong
        for key, role, part in () if wrong else dataset_configs(loader.get('dataset'), place):
            if seen.setdefault((split == 'train', role, repr(part)), key) != key:
                continue
            found = list(check_lists(part, read_list))
            problems += found
            if found:
                continue
            try:
                with DefaultScope.overwrite_default_scope(cfg.get('default_scope', 'mmseg')):
                    built = lean(without_masks(part) if role == UNLABELED else part)
                    dataset = DATASETS.build(built) if isinstance(built, dict) else built
                    dataset.full_init()
            except Exception as error:  # of any kind: the dataset's own class is anybody's
                problems.append(_unbuildable(key, part, error))
                continue
            role = role or (TEST if split != 'train' else LABELED if mask_loader(dataset) else UNLABELED)
            sources.append(Source(key, role, dataset, normalization=dict_at(cfg, 'model.data_preprocessor')))
    return sources, problems


def without_masks(cfg: Any) -> Any:
    """A copy of a dataset config without `seg_map_path` in any `data_prefix`."""
    if isinstance(cfg, dict):
        cfg = {key: without_masks(value) for key, value in cfg.items()}
        if 'data_prefix' in cfg:
            cfg['data_prefix'] = {key: value for key, value in cfg['data_prefix'].items() if key != 'seg_map_path'}
        return cfg
    return type(cfg)(without_masks(part) for part in cfg) if isinstance(cfg, (list, tuple)) else cfg


def _unbuildable(key: str, cfg: dict, error: Exception) -> Problem:
    if 'at least one array' in str(error):  # what mmengine says of a dataset without an image
        return no_image(key, cfg)
    text = reason(error)
    if 'CDDataset' in str(type_name(cfg)) and 'img_path2' not in (cfg.get('data_prefix') or {}):
        text = 'it compares two images, but data_prefix has no img_path2'
    return Problem('dataset', ERROR, key, f'cannot be built: {text}', 'correct this part of the config')


def no_image(key: str, cfg: dict) -> Problem:
    """The problem of a dataset without images."""
    folder = f"{cfg.get('data_root') or ''} {dict(cfg.get('data_prefix') or {})}".strip()
    return Problem('empty', ERROR, key, f'the dataset has no image in {folder}', 'look at data_prefix and img_suffix')
