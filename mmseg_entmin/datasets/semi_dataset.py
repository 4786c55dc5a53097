# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labeled and unlabeled images as one dataset."""
import logging
import time
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from mmengine.dataset import BaseDataset, ConcatDataset
from mmengine.dist import get_dist_info
from mmengine.logging import print_log

from mmseg_entmin.registry import DATASETS

from .checks.file_names import check_image_files, check_overlap, check_pipeline
from .checks.lists import check_lists
from .checks.look_through import evenly
from .checks.one_mask import label_values
from .checks.problem import refuse
from .checks.source import LABELED, UNLABELED, Source, image_loader, loaders, without_masks
from .checks.survey import Surveyed
from .guards import guard
from .many_images import lean
from .transforms import Cached, ColorTransfer


@DATASETS.register_module()
class SemiDataset(ConcatDataset):
    """The labeled dataset followed by the unlabeled one; each is any mmseg dataset or a wrapper around some.

    Problems (a missing file, an empty source, an image in both, a wrong pipeline, a label value that is no class) are
    raised before training as FileNotFoundError or ValueError: by the caller, who passes its findings as `surveyed`, or
    by this constructor. No mask of an unlabeled image is looked for; an unreadable one is replaced by the next (see
    `guards`).

    Args:
        labeled: config of the labeled dataset; its pipeline loads annotations.
        unlabeled: config of the unlabeled dataset with the same classes; its pipeline must not load annotations.
        check_masks: look at the labeled masks, shared among the ranks, for at most 30 seconds. Default True.
        labeled_too: allow labeled images among the unlabeled ones, without their masks. Default False.
        surveyed: earlier findings, so that no file is checked twice. Default: none.
    """

    def __init__(self, labeled: dict, unlabeled: dict, check_masks: bool = True, labeled_too: bool = False,
                 surveyed: Surveyed | None = None) -> None:
        surveyed = surveyed or Surveyed()
        for config in (labeled, unlabeled):
            refuse(check_lists(config, surveyed.read_list))
        try:
            super().__init__([labeled, lean(without_masks(unlabeled))])
        except ValueError as error:
            if 'at least one array' not in str(error):  # what mmengine says of a dataset without an image
                raise
            folders = [(source.get('data_root'), source.get('data_prefix')) for source in (labeled, unlabeled)]
            raise ValueError('SemiDataset: the labeled or the unlabeled dataset has no image; look at img_suffix and '
                             f'the folders {folders[0]} and {folders[1]}') from error
        sources = [Source(f'SemiDataset.{role}', role, leaf)
                   for role, part in ((LABELED, self.labeled), (UNLABELED, self.unlabeled)) for leaf in leaves(part)]
        if not surveyed.files:
            for source in sources:
                refuse([*check_image_files(source), *check_pipeline(source)])
            refuse(check_overlap(sources, labeled_too))
        if check_masks:
            look_at_masks([source for source in sources if source.role == LABELED], known=surveyed.masks)
        give_colors(sources)
        for source in sources:
            guard(source.dataset, replace=source.role == UNLABELED)
            fill_cache(source.dataset)

    @property
    def labeled(self) -> BaseDataset:
        return self.datasets[0]

    @property
    def unlabeled(self) -> BaseDataset:
        return self.datasets[1]

    @property
    def num_labeled(self) -> int:
        return len(self.labeled)

    @property
    def num_unlabeled(self) -> int:
        return len(self.unlabeled)


def leaves(dataset) -> Iterator[BaseDataset]:
    """The plain datasets inside wrappers."""
    inner = getattr(dataset, 'datasets', None) or [d for d in [getattr(dataset, 'dataset', None)] if d is not None]
    if inner:
        for part in inner:
            yield from leaves(part)
    else:
        yield dataset


def give_colors(sources: Sequence[Source]) -> None:
    """Passes the unlabeled images to each `ColorTransfer` without references."""
    transforms = [transform for source in sources for transform in loaders(source.dataset)
                  if isinstance(transform, ColorTransfer) and not transform.references]
    if transforms:
        loads = [partial(image_loader(source.dataset), info)
                 for source in sources if source.role == UNLABELED for info in source.infos]
        for transform in transforms:
            transform.take_from(loads)


def fill_cache(dataset: BaseDataset) -> None:
    """Reads the images that a `Cached` has room for, before worker processes are forked."""
    first = dataset.pipeline.transforms[0]
    if isinstance(first, Cached):
        for index in range(len(dataset)):
            if first.full:
                break
            first(dataset.get_data_info(index))


def look_at_masks(sources: Sequence[Source], seconds: float = 30., known: Collection[str] = ()) -> None:
    """Checks this rank's share of the labeled masks, an even sample, for `seconds` at most; skips those in `known`."""
    rank, world_size = get_dist_info()
    start = time.monotonic()
    for source in sources:
        mine = [index for index in evenly(len(source))[rank::world_size].tolist()
                if source.info(index).get('seg_map_path') not in known]
        for count, index in enumerate(mine):
            if time.monotonic() - start > seconds:
                print_log(f'{count} of {len(mine)} labeled masks looked at in {seconds:.0f} s; entmin check-data '
                          '--full looks at all', logger='current', level=logging.INFO)
                return
            label_values(source, index)
