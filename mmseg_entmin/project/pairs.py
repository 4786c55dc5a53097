# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pairs of images and masks."""
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from mmseg_entmin.apis.image_files import common_suffix, find_images
from mmseg_entmin.datasets.checks.one_image import SIDEWAYS, check_turned, rotates
from mmseg_entmin.datasets.checks.problem import refuse
from mmseg_entmin.datasets.checks.sample import ORIENTATION
from mmseg_entmin.datasets.conversion import any_size, reading
from mmseg_entmin.datasets.tiff import tiff_header

from .other_pictures import endings


def find_files(folder: Path, suffix: str | None = None, leave_out: Path | None = None,
               skip: Sequence[str] = ()) -> dict[str, Path]:
    """Image files of a folder and below it by name: the path below the folder, without the suffix.

    `suffix` is the end of the file names, like '.bmp' or '_mask.png' (default: any image); `leave_out` is a folder
    below it and `skip` are endings or patterns of files to skip. Raises FileNotFoundError without such a file, and
    ValueError for a suffix without a dot, two files of one name, or a name with a blank at its start or end.
    """
    if suffix and '.' not in suffix:
        raise ValueError(f"'{suffix}' as the ending of files: write it with its dot, like .png or _mask.png")
    if not folder.is_dir():
        raise FileNotFoundError(f"'{folder}' is not a folder (current folder: {Path.cwd()})")
    found = find_images([folder], suffix=suffix, skip=skip)
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
                         'dataset has one suffix; convert or rename some, or take a part with --image-suffix')
    return suffix


def named_as_images(masks: dict[str, Path], images: dict[str, Path]) -> dict[str, Path]:
    """The masks by the names of their images; systems write accented letters in two ways."""
    names = {unicodedata.normalize('NFC', name): name for name in images}
    return {name if name in images else names.get(unicodedata.normalize('NFC', name), name): path
            for name, path in masks.items()}


class Header(NamedTuple):
    """(Width, height) as stored, and the EXIF orientation that mmcv applies, 1 (upright) to 8."""

    size: tuple[int, int]
    orientation: int = 1

    @property
    def loaded_size(self) -> tuple[int, int]:
        return self.size[::-1] if self.orientation >= SIDEWAYS else self.size


def read_header(path: Path) -> Header:
    """The header of an image of any size; raises FileNotFoundError, or ValueError if it cannot be read."""
    if (tiff := tiff_header(path)) is not None and not tiff.plain:  # Pillow opens only some of them
        return Header(tiff.size)
    with reading(path), any_size(), Image.open(path) as image:
        # Image.getexif itself: that of PNG decodes the whole file first
        orientation = Image.Image.getexif(image).get(ORIENTATION, 1)
        turns = orientation in range(2, 9) and rotates('color', 'cv2', image.format)
        return Header(image.size, orientation if turns else 1)


def short_sides(images: Iterable[Path]) -> tuple[list[int], list[str]]:
    """Short sides in pixels of the images that can be measured, and the errors of the others."""
    sides, errors = [], []
    for path in images:
        try:
            sides.append(min(read_header(path).size))
        except ValueError as error:
            errors.append(str(error))
    return sides, errors


def check_pairs(images: dict[str, Path], masks: Collection[tuple[str, Path]], may_be_all: bool = False) -> None:
    """Raises for a mask without an image, a mask of another size, an image that EXIF turns, or no unlabeled image
    (unless `may_be_all`)."""
    lonely = [(name, path) for name, path in masks if name not in images]
    if lonely:
        name, path = lonely[0]
        plain = [mask.name[len(Path(other).name):] for other, mask in masks if other in images][:1]
        ends = plain + sorted({mask.name[len(Path(other).name) - len(ending):] for other, mask in lonely
                               for ending in endings([other], images)})
        advice = ' '.join(f'--mask-suffix={end}' for end in ends) if len(ends) > len(plain) else \
            'like --mask-suffix=_mask.png'
        raise ValueError(f"'{path}' is the mask of no image ({len(lonely)} of {len(masks)} masks are not): their names "
                         f'have to be those of images, like {next(iter(images))}; where masks have endings of their '
                         f'own, give them, {advice}')
    if not may_be_all and {name for name, _ in masks} >= images.keys():
        raise ValueError(f'all {len(images)} images have a mask: nothing is unlabeled')
    for name, path in masks:
        check_size(f"'{path}'", read_header(path).size, images[name])


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
