# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Files that cannot be read during training: an unlabeled image is replaced and counted, a labeled one is named."""
from typing import Any, List, Optional

from mmseg_entmin.one_line import one_line

REPLACED = 'unreadable'  # key in a sample's metainfo: a line for each file in whose place it stands


class UnreadableFile(OSError):
    """An image or a mask that cannot be read; says which, and what to do, in one line."""


class GuardedLoader:
    """A loading transform that names the file where it fails.

    Args:
        loader: the transform.
        key: of the path in what it is given, 'img_path' or 'seg_map_path'.
        role: 'labeled' or 'unlabeled', to be named.
    """

    def __init__(self, loader: Any, key: str, role: str) -> None:
        self.loader, self.key, self.role = loader, key, role

    def __call__(self, results: dict) -> dict:
        """What the loader gives.

        Raises:
            UnreadableFile: If the loader fails, or gives nothing.
        """
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
    """Takes the next image of the dataset that can be read in place of one that cannot.

    No random number is drawn for it, so a run stays repeatable, whatever the number of workers. The file that was
    replaced is noted under ``REPLACED``, for :class:`~mmseg_entmin.engine.hooks.UnreadableImagesHook`.

    Args:
        loader: the transform that loads images.
        dataset: the plain dataset whose pipeline it belongs to.
    """

    def __init__(self, loader: Any, dataset: Any) -> None:
        super().__init__(loader, 'img_path', 'unlabeled')
        self.dataset = dataset

    def __call__(self, results: dict) -> dict:
        """What the loader gives for this image, or for the first after it that can be read.

        Raises:
            UnreadableFile: If no image of the dataset can be read.
        """
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
    """Makes the loaders of a plain dataset name the file that they fail on; done once, in place.

    Args:
        dataset: any with a ``pipeline`` of transforms.
        replace: take another image in place of one that cannot be read.
    """
    _guard(getattr(getattr(dataset, 'pipeline', None), 'transforms', []), dataset, replace)


def _guard(transforms: List[Any], dataset: Any, replace: bool) -> None:
    for position, transform in enumerate(transforms):
        if hasattr(transform, 'transforms'):  # Cached, which stands first
            _guard(transform.transforms, dataset, replace)
            continue
        key = _path_key(transform, first=position == 0)
        if key == 'img_path' and replace:
            transforms[position] = ReplacingLoader(transform, dataset)
        elif key is not None:
            transforms[position] = GuardedLoader(transform, key, 'labeled')
        elif replace and hasattr(transform, 'meta_keys'):  # PackSegInputs: what it lets through to the batch
            transform.meta_keys = (*transform.meta_keys, REPLACED)


def _path_key(transform: Any, first: bool) -> Optional[str]:
    """Which path a transform reads; None: none, or it is guarded already. The first one loads the image."""
    name = type(transform).__name__
    if isinstance(transform, GuardedLoader) or not name.startswith('Load'):
        return None
    return 'img_path' if first else 'seg_map_path' if name == 'LoadAnnotations' else None
