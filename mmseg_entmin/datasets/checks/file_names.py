# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Checks of a dataset's file names; no file is opened."""
import os.path as osp
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import compress

from mmengine import fileio
from torchvision.datasets.folder import IMG_EXTENSIONS

from .problem import ERROR, WARNING, Problem
from .source import LABELED, TEST, UNLABELED, Source, image_loader, loaders, mask_loader


def check_pipeline(source: Source) -> Iterator[Problem]:
    """A labeled or a validation pipeline without masks, an unlabeled one with masks, or unknown classes."""
    name = f"{type(source.dataset).__name__} ({source.dataset.ann_file or source.dataset.data_prefix.get('img_path')})"
    key, advice = f'{source.key}.pipeline', "add dict(type='LoadAnnotations')"
    if source.role == LABELED and not mask_loader(source.dataset):
        yield Problem('pipeline', ERROR, key, f'{name} has no LoadAnnotations, so its images are not labeled', advice)
    names = ' '.join(type(step).__name__ for step in loaders(source.dataset))
    if source.key.startswith('val_') and 'Annotation' not in names:
        yield Problem('pipeline', ERROR, key, f'{name} has no LoadAnnotations, so nothing can be evaluated', advice)
    if source.role == UNLABELED and mask_loader(source.dataset):
        yield Problem('pipeline', ERROR, key, 'the unlabeled dataset has LoadAnnotations',
                      'unlabeled images have no masks, take it out')
    if source.role == LABELED and not source.classes:
        yield Problem('classes', WARNING, source.key, f'{name} has no classes, so labels cannot be checked',
                      'set metainfo=dict(classes=...), or use a dataset class that has METAINFO')


def check_image_files(source: Source) -> Iterator[Problem]:
    """Images that do not exist, or a pipeline that loads no image."""
    if image_loader(source.dataset) is None:
        yield Problem('pipeline', ERROR, f'{source.key}.pipeline', f'loads none of the {source.role} images',
                      "add dict(type='LoadImageFromFile')")
    if source.local:
        absent = source.files.sizes < 0
        missing = list(compress(source.paths, absent)) if absent.any() else []
        for path in missing:
            blank = osp.basename(path) == getattr(source.dataset, 'img_suffix', None)
            yield Problem('missing', ERROR, path, f'this {source.role} image does not exist ({len(missing)} of '
                          f'{len(source)} are missing)', 'take the blank lines out of the list, mmseg takes them '
                          'for images' if blank else 'look at data_root, img_suffix and the list')


def check_left_out(source: Source) -> Iterator[Problem]:
    """Images in a folder that the dataset leaves out because of their suffix."""
    dataset = source.dataset
    folder, suffix = dataset.data_prefix.get('img_path'), getattr(dataset, 'img_suffix', None)
    listed = dataset.ann_file and not osp.isdir(dataset.ann_file)
    if listed or not source.local or not isinstance(suffix, str) or not osp.isdir(folder or ''):
        return
    files = [file for file in fileio.list_dir_or_file(folder, list_dir=False, recursive=True)
             if file.lower().endswith(IMG_EXTENSIONS)]
    taken = {file.removesuffix(suffix) for file in files if file.endswith(suffix)}
    masks = getattr(dataset, 'seg_map_suffix', None) or ''
    left = [file for file in files
            if not file.endswith(suffix) and taken.isdisjoint([osp.splitext(file)[0], file.removesuffix(masks)])]
    if left:
        ends = ', '.join(sorted({osp.splitext(file)[1] for file in left}))
        yield Problem('left out', WARNING, folder,
                      f'{len(left)} of {len(files)} images end in {ends} and are left out of {source.key}',
                      f"set img_suffix, now '{suffix}', or rename or convert them")


def check_mask_file(source: Source, info: dict) -> Iterator[Problem]:
    """A labeled image without a mask, or whose mask file does not exist."""
    path = info.get('seg_map_path')
    if path is None:
        depth = type(source.dataset).__name__ == 'NYUDataset'
        advice = 'its dataset is one of depth maps, take another' if depth else \
            'set data_prefix.seg_map_path of its dataset'
        yield Problem('missing mask', ERROR, info['img_path'], 'no mask belongs to this image', advice)
    elif source.local and not osp.isfile(path):
        yield Problem('missing', ERROR, path, f"the mask of the {source.role} image {info['img_path']} does not exist",
                      'add it, or take the image out of the list')


def check_mask_files(source: Source) -> Iterator[Problem]:
    """`check_mask_file` for all images of a source that loads masks."""
    if mask_loader(source.dataset) and source.role != UNLABELED:
        for info in source.infos:
            yield from check_mask_file(source, info)


def check_overlap(sources: Sequence[Source], labeled_too: bool = False) -> Iterator[Problem]:
    """One image file in two sets; `labeled_too` allows labeled images among the unlabeled ones."""
    labeled, tested = ({real: path for source in sources if source.role == role for real, path in real_paths(source)}
                       for role in (LABELED, TEST))
    both, seen = [], [path for real, path in labeled.items() if real in tested]
    for source in sources:
        for real, path in real_paths(source) if source.role == UNLABELED else ():  # there may be a million
            if real in labeled:
                both.append(labeled[real])
            elif real in tested:
                seen.append(path)
    both, seen = [] if labeled_too else sorted(set(both)), sorted(set(seen))
    for path in both:
        yield Problem('in two sets', ERROR, path, f'this image is both labeled and unlabeled{_others(both)}',
                      'take it out of one of the two lists, or set labeled_too=True of the SemiDataset')
    for path in seen:
        yield Problem('in two sets', WARNING, path, f'this image is trained on and tested on{_others(seen)}',
                      'take it out of the training lists, or the scores say too much')


def real_paths(source: Source) -> Iterator[tuple[str, str]]:
    """The file that each path leads to, and the path; links and relative folders are resolved."""
    real_folder = lru_cache(maxsize=None)(osp.realpath)  # that of each file takes several times as long
    for index, path in enumerate(source.paths):
        folder, slash, name = path.rpartition('/')
        yield source.files.links.get(index) or f'{real_folder(folder + slash or ".").rstrip("/")}/{name}', path


def _others(paths: Sequence[str]) -> str:
    return f' (as are {len(paths) - 1} more)' if len(paths) > 1 else ''
