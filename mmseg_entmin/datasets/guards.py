# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Unreadable files during training: an unlabeled image is replaced and counted, a labeled one is named."""
from typing import Any

from mmcv.transforms import LoadAnnotations

from mmseg_entmin.errors import Refusal, one_line

from .checks.source import image_loader

REPLACED = 'unreadable'  # key in a sample's metainfo: a line for each file in whose place it stands


class UnreadableFile(Refusal, OSError):
    """An image or a mask that cannot be read."""


class GuardedLoader:
    """A loading transform whose errors name the file, under `key` in the results; `role` is for the message."""

    def __init__(self, loader: Any, key: str, role: str) -> None:
        self.loader, self.key, self.role = loader, key, role

    def __call__(self, results: dict) -> dict:
        """The loader's result; raises UnreadableFile if it fails or returns None."""
        path = results[self.key]
        try:
            loaded = self.loader(results)
            reason = '' if loaded is not None else 'the loader gives nothing'
        except Exception as error:  # of any kind: the decoders' errors have no common class
            loaded, reason = None, one_line(error)
        if loaded is None:
            reason = reason.replace(f': {path}', '')  # mmcv names it as well
            kind = 'image' if self.key == 'img_path' else 'mask of a labeled image'
            raise UnreadableFile(f'{path}: this {self.role + " " if kind == "image" else ""}{kind} cannot be read '
                                 f'({reason}); replace the file, or take it out of the list')
        return loaded

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.loader!r})'


class ReplacingLoader(GuardedLoader):
    """Replaces an unreadable image with the next readable one of the dataset, without drawing a random number. The
    result lists the replaced files under `REPLACED`, for `UnreadableImagesHook`."""

    def __init__(self, loader: Any, dataset: Any) -> None:
        super().__init__(loader, 'img_path', 'unlabeled')
        self.dataset = dataset

    def __call__(self, results: dict) -> dict:
        """The result for this image or the first readable one after it; raises UnreadableFile if there is none."""
        replaced = []
        first, count = int(results['sample_idx']), len(self.dataset)
        for step in range(count):
            try:
                return super().__call__({**results, **({REPLACED: replaced} if replaced else {})})
            except UnreadableFile as error:
                replaced.append(str(error))
                info = self.dataset.get_data_info((first + step + 1) % count)
                results = {**results, **info, 'sample_idx': results['sample_idx']}
        raise UnreadableFile(f'{replaced[0]} (nor can any other of the {count} images of its dataset)')


def guard(dataset: Any, replace: bool = False) -> None:
    """Wraps the loaders of a plain dataset in place; `replace` replaces unreadable images."""
    transforms = getattr(getattr(dataset, 'pipeline', None), 'transforms', None)
    if transforms:
        _guard(transforms, image_loader(dataset), dataset, replace)


def _guard(transforms: list[Any], image: Any, dataset: Any, replace: bool) -> None:
    for position, transform in enumerate(transforms):
        if isinstance(getattr(transform, 'transforms', None), list):  # Cached
            _guard(transform.transforms, image, dataset, replace)
        elif transform is image and 'Load' in type(image).__name__:  # another may change images that are there
            transforms[position] = ReplacingLoader(image, dataset) if replace else \
                GuardedLoader(image, 'img_path', 'labeled')
        elif isinstance(transform, LoadAnnotations):
            transforms[position] = GuardedLoader(transform, 'seg_map_path', 'labeled')
        elif replace and hasattr(transform, 'meta_keys'):  # PackSegInputs: what it lets through to the batch
            transform.meta_keys = (*transform.meta_keys, REPLACED)
