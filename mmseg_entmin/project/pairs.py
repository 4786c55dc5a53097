# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pairs of images and masks."""
import unicodedata
from pathlib import Path

from mmseg_entmin.apis.image_files import common_suffix, find_images
from mmseg_entmin.datasets.checks.one_image import check_turned
from mmseg_entmin.datasets.checks.problem import refuse

from .header import read_header


def find_files(folder: Path, suffix: str | None = None, leave_out: Path | None = None) -> dict[str, Path]:
    """Image files of a folder and below it by name: the path below the folder, without the suffix.

    Args:
        suffix: end of the file names, like '.bmp' or '_mask.png', which is not part of the name. Default: any image.
        leave_out: a folder below it to skip.

    Raises FileNotFoundError without such a file, and ValueError for a suffix without a dot, two files of one name, or a
    name with a blank at its start or end.
    """
    if suffix and '.' not in suffix:
        raise ValueError(f"'{suffix}' as the ending of files: write it with its dot, like .png or _mask.png")
    if not folder.is_dir():
        raise FileNotFoundError(f"'{folder}' is not a folder (current folder: {Path.cwd()})")
    found = find_images([folder], suffix=suffix)
    if leave_out is not None:
        other = leave_out.resolve()
        found = {name: path for name, path in found.items() if not path.resolve().is_relative_to(other)}
        if not found:
            raise FileNotFoundError(f"folder '{folder}' has no image outside '{leave_out}'")
    for name, path in found.items():
        if name != name.strip():
            raise ValueError(f"'{path}': its name, '{name}', begins or ends with a blank, which lists of names cannot "
                             'hold; rename it')
    return found


def leave_out_masks(images: dict[str, Path], masks: dict[str, Path], mask_suffix: str | None) -> dict[str, Path]:
    """The images without the masks, and without files that have the masks' ending if it is more than a suffix."""
    taken = {path.resolve() for path in masks.values()}
    ending = mask_suffix or ''
    left = {name: path for name, path in images.items() if path.resolve() not in taken
            and not (len(ending) > len(path.suffix) and path.name.endswith(ending))}
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
                         'dataset has one suffix; convert or rename some, or take a part with --image-suffix')
    return suffix


def named_as_images(masks: dict[str, Path], images: dict[str, Path]) -> dict[str, Path]:
    """The masks by the names of their images; systems write accented letters in two ways."""
    names = {unicodedata.normalize('NFC', name): name for name in images}
    return {name if name in images else names.get(unicodedata.normalize('NFC', name), name): path
            for name, path in masks.items()}


def check_pairs(images: dict[str, Path], masks: dict[str, Path]) -> None:
    """Raises for a mask without an image, a mask of another size, an image that EXIF turns, or no unlabeled image."""
    lonely = [path for name, path in masks.items() if name not in images]
    if lonely:
        raise ValueError(f"'{lonely[0]}' is the mask of no image ({len(lonely)} of {len(masks)} masks are not): their "
                         f"names have to be those of images, like {next(iter(images))}; where masks have an ending of "
                         'their own say so, as --mask-suffix _mask.png')
    if len(masks) == len(images):
        raise ValueError(f'all {len(images)} images have a mask: nothing is unlabeled')
    for name, path in masks.items():
        image, size = read_header(images[name]), read_header(path).size
        expected = image.loaded_size
        if image.orientation > 1:
            refuse(check_turned(str(images[name]), image.orientation, expected, size))
        if size != expected:
            raise ValueError(f"'{path}' is {size[0]} x {size[1]} pixels, its image '{images[name]}' {expected[0]} x "
                             f'{expected[1]}; they must agree')
