# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pairs of images and masks."""
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.apis.image_files import common_suffix, find_images
from mmseg_entmin.datasets.checks.one_image import check_turned
from mmseg_entmin.datasets.checks.problem import refuse

from .header import read_header
from .name_patterns import NamePattern, posix
from .stored_masks import mask_size


def find_files(folder: Path, suffix: str | None = None, leave_out: Path | None = None,
               skip: Sequence[str] = (), extensions: Sequence[str] = IMG_EXTENSIONS) -> dict[str, Path]:
    """Image files of a folder and below it by name: the path below the folder, without the suffix.

    `suffix` is the end of the file names, like '.bmp' or '_mask.png' (default: any of `extensions`); `leave_out` is a
    folder below it and `skip` are endings or patterns of files to skip. Raises FileNotFoundError without such a file,
    and ValueError for a suffix without a dot, two files of one name, or a name with a blank at its start or end.
    """
    if suffix and '.' not in suffix:
        raise ValueError(f"'{suffix}' as the ending of files: write it with its dot, like .png or _mask.png")
    if not folder.is_dir():
        raise FileNotFoundError(f"'{folder}' is not a folder (current folder: {Path.cwd()})")
    found = find_images([folder], suffix=suffix or None, skip=skip, extensions=extensions)
    if leave_out is not None:
        other = leave_out.resolve()
        found = {name: path for name, path in found.items() if not path.resolve().is_relative_to(other)}
        if not found:
            raise FileNotFoundError(f"folder '{folder}' has no image outside '{leave_out}'")
    if not found:
        raise FileNotFoundError(f"folder '{folder}' has no image beside those to leave out ({' '.join(skip)})")
    for name, path in found.items():
        if name != name.strip():
            raise ValueError(f"'{path}': its name, '{name}', begins or ends with a blank, which lists of names cannot "
                             'hold; rename it')
    return found


def fitting(images: dict[str, Path], folder: Path, pattern: NamePattern | None) -> dict[str, str]:
    """The names of the images that fit a pattern, by the name that they share with masks; without a pattern, all.
    Raises ValueError for two of one shared name, and FileNotFoundError if none fits."""
    if pattern is None:
        return {name: name for name in images}
    shared: dict[str, str] = {}
    for name, path in images.items():
        key = pattern.key(posix(path, folder))
        if key in shared:
            raise ValueError(f"'{images[shared[key]]}' and '{path}' are both named {key} by {pattern.text}; take one "
                             'of them out, or give a longer --image-name')
        if key is not None:
            shared[key] = name
    if not shared:
        raise FileNotFoundError(f"folder '{folder}' has no image that is named {pattern.text}")
    return shared


def leave_out_masks(images: dict[str, Path], masks: Iterable[Path], suffixes: Sequence[str]) -> dict[str, Path]:
    """The images without the masks, and without files that have an ending of masks if it is more than a suffix."""
    taken = {path.resolve() for path in masks}
    left = {name: path for name, path in images.items() if path.resolve() not in taken
            and not path.name.endswith(tuple(end for end in suffixes if len(end) > len(path.suffix)))}
    if not left:
        raise ValueError(f"every image is a mask as well, like '{next(iter(images.values()))}'; give masks an ending "
                         'that no image has and say it as --mask-suffix, or a folder of their own')
    return left


def one_suffix(images: dict[str, Path]) -> str:
    """The suffix of all images; an mmseg dataset takes one."""
    suffix = common_suffix(images)
    if suffix is None:
        kinds = {path.suffix: path for path in images.values()}
        raise ValueError(f"the images end in {', '.join(sorted(kinds))}, like '{next(iter(kinds.values()))}', but a "
                         'dataset has one suffix; convert or rename some, or take those with masks by --image-suffix '
                         'and the others by --unlabeled with the same folder; pictures that are no images are left '
                         "out with --leave-out 'FOLDER/*'")
    return suffix


def named_as_images(masks: dict[str, Path], images: dict[str, str]) -> dict[str, Path]:
    """The masks by the names of their images, which are given by shared name; systems write accented letters in two
    ways."""
    names = {unicodedata.normalize('NFC', key): name for key, name in images.items()}
    return {images[key] if key in images else names.get(unicodedata.normalize('NFC', key), key): path
            for key, path in masks.items()}


def check_pairs(images: dict[str, Path], masks: Collection[tuple[str, Path]], may_be_all: bool = False,
                advice: Callable[[], str] = str) -> None:
    """Raises for a mask without an image, a mask of another size, an image that EXIF turns, or no unlabeled image
    unless all images may have a mask. `advice` says how the masks are paired with the images."""
    lonely = [(name, path) for name, path in masks if name not in images]
    if lonely:
        name, path = lonely[0]
        where = advice() or 'where masks have names of their own, give them, like ' \
            "--mask-suffix=_mask.png or --mask-name='label_{}.png'"
        raise ValueError(f"'{path}' is the mask of no image ({len(lonely)} of {len(masks)} masks are not): their names "
                         f'have to be those of images, like {next(iter(images))}; {where}')
    if not may_be_all:
        refuse_all_labeled(images, {name for name, _ in masks})
    for name, path in masks:
        check_size(f"'{path}'", mask_size(path), images[name])


def refuse_all_labeled(images: Collection[str], labeled: Collection[str]) -> None:
    """Raises ValueError if no image is unlabeled."""
    if set(labeled) >= set(images):
        raise ValueError(f'all {len(images)} images have a mask: nothing is unlabeled; give folders of unlabeled '
                         'images as --unlabeled DIR, or train on a part of the masks, with --labeled-share 1/4: the '
                         'other images then count as unlabeled')


def check_size(what: str, size: tuple[int, int] | None, image_path: Path) -> None:
    """Raises for a mask, or what takes its place, that has not the (width, height) of its image, and for an image that
    EXIF turns unless the size shows that the mask was drawn on it as it is loaded. None: the size is not known."""
    image = read_header(image_path)
    expected = image.loaded_size
    if image.orientation > 1:
        refuse(check_turned(str(image_path), image.orientation, expected, size))
    if size not in (expected, None):
        raise ValueError(f"{what} is {size[0]} x {size[1]} pixels, its image '{image_path}' {expected[0]} x "
                         f'{expected[1]}; they must agree')
