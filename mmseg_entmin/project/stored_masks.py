# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Files of masks as arrays: pictures, NumPy's files, and TIFF files that Pillow cannot read."""
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image
from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.datasets.checks.sample import count_frames
from mmseg_entmin.datasets.conversion import any_size, decoding, reading, stored_pixels
from mmseg_entmin.datasets.tiff import tiff_header

from .header import read_header

ARRAYS, TIFF = ('.npy', '.npz'), ('.tif', '.tiff')
PICTURES = (*IMG_EXTENSIONS, '.gif', '.jp2', '.pbm', '.pnm')
WITH_ALPHA = ('RGBA', 'LA', 'PA', 'La', 'RGBa')
MOST_CHANNELS = 64
DEEP, LEVELS = 257, 2  # 16-bit values of one 8-bit value; values of alpha above 0 that are no soft edges


class Stored(NamedTuple):
    """What a file holds."""

    pixels: np.ndarray  # (H, W), (H, W, 3) in colors, or (H, W, C), one channel a class
    hidden: np.ndarray | None = None  # (H, W), bool: where alpha is 0
    palette: bytes = b''  # of indexed pictures, 3 bytes a color
    channels: bool = False  # whether the last axis has one channel a class
    clear: frozenset[int] = frozenset()  # the transparent indices of the palette
    white_is_zero: bool = False  # whether viewers show the opposite of the stored values


def read_stored(path: Path, colored: bool = False) -> Stored:
    """The pixels of a mask; `colored`: the colors of a picture with a palette. ValueError if it cannot be read."""
    if path.suffix.lower() in ARRAYS or needs_tifffile(path):
        return from_array(read_array(path), path, colored)
    with reading(path), any_size(), Image.open(path) as image:
        frames = count_frames(image)
        if not colored and (image.mode in ('1', 'L', 'P', 'F') or image.mode.startswith('I')):
            indexed, (inverted, _) = image.mode == 'P', decoding(image)
            stored = Stored(stored_pixels(image), palette=bytes(image.getpalette() or b'') if indexed else b'',
                            clear=clear_indices(image) if indexed else frozenset(), white_is_zero=inverted)
        elif image.tile and ';16' in str(image.tile[0][3]):  # of which Pillow keeps 8
            stored = None
        elif image.mode in WITH_ALPHA or 'transparency' in image.info:
            stored = with_alpha(np.asarray(image.convert('RGBA')), colored)
        else:
            stored = Stored(np.asarray(image.convert('RGB')))
    if frames > 1:
        raise ValueError(f"'{path}' holds {frames} frames; save them as masks of their own, each with its image")
    if stored is None:
        pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
        return with_alpha(np.dstack([pixels[..., 2::-1], pixels[..., 3:]]), colored, path)
    return stored


def clear_indices(image: Image.Image) -> frozenset[int]:
    """The indices of a palette whose alpha is 0."""
    alphas = image.info.get('transparency', b'')
    return frozenset([alphas] if isinstance(alphas, int) else np.flatnonzero(np.array([*alphas]) == 0).tolist())


def with_alpha(pixels: np.ndarray, colored: bool, path: Path | str = '') -> Stored:
    """A picture of 3 or 4 channels, the fourth being alpha. Soft edges in alpha are mixed with black; where all that
    is visible has one color, they are the mask themselves, unless it is `colored`.

    ValueError for colors of 16 bits that 8 bits do not hold; 16-bit gray keeps its values.
    """
    colors, alpha = pixels[..., :3], pixels[..., 3] if pixels.shape[2] == 4 else None
    if pixels.dtype != np.uint8:
        gray = (colors == colors[..., :1]).all()
        if not (pixels % DEEP).any():
            colors, alpha = (colors // DEEP).astype(np.uint8), alpha if alpha is None else alpha // DEEP
        elif gray and not colored:
            return Stored(colors[..., 0], alpha if alpha is None else alpha == 0)
        else:
            raise ValueError(f"'{path}' is in colors of 16 bits that are none of 8 bits; save it with 8 bits")
    if alpha is None:
        return Stored(colors)
    seen = alpha > 0
    if len(np.unique(alpha[seen])) > LEVELS:
        visible = colors[seen]
        if not colored and (visible == visible[0]).all():
            return Stored(alpha)
        colors = np.rint(colors * (alpha[..., None] / 255)).astype(np.uint8)
    return Stored(colors, ~seen)


def mask_size(path: Path) -> tuple[int, int]:
    """Width and height of a mask as stored."""
    if path.suffix.lower() in ARRAYS or needs_tifffile(path):
        return from_array(read_array(path), path).pixels.shape[1::-1]
    return read_header(path).size


def needs_tifffile(path: Path) -> bool:
    """Whether Pillow cannot read a TIFF file or changes its values, as it does with 2 channels or 3 of 16 bits."""
    header = tiff_header(path) if path.suffix.lower() in TIFF else None
    if header is None:
        return False
    if header.bands == 1 and (header.bits > 32 or (header.kind, header.bits) in (('u', 32), ('i', 8), ('f', 16))):
        return True
    try:
        with any_size(), Image.open(path):
            return header.bands > 1 and (header.bands > 4 or header.bands == 2 or header.bits > 8)
    except Image.UnidentifiedImageError:
        return True


def read_array(path: Path) -> np.ndarray:
    """The array in a file of NumPy or a TIFF file."""
    if path.suffix.lower() in TIFF:
        try:
            import tifffile
        except ImportError as error:
            raise ValueError(f"'{path}' is a TIFF that only tifffile reads: pip install mmseg_entmin[annotations]"
                             ) from error
        with reading(path):
            return tifffile.imread(path)
    with reading(path):
        try:
            content = np.load(path, allow_pickle=False)
            arrays = {'': content} if isinstance(content, np.ndarray) else dict(content)
        except ValueError as error:
            if 'pickle' not in str(error):
                raise
            arrays = {}
    if not arrays:
        raise ValueError(f"'{path}' holds Python objects, as the _seg.npy of Cellpose does; save the masks as pictures "
                         'from the tool that made it')
    if len(arrays) > 1:
        raise ValueError(f"'{path}' holds the arrays {', '.join(arrays)}; save the mask alone")
    return next(iter(arrays.values()))


def from_array(array: np.ndarray, path: Path, colored: bool = False) -> Stored:
    """An array as a mask; axes of length 1 do not count. Of three axes, the smallest one has the channels."""
    array = np.squeeze(array)
    if array.ndim == 3 and array.dtype.kind in 'biuf':
        axis = 2 if array.shape[2] <= array.shape[0] else 0
        pixels = np.moveaxis(array, axis, 2)
        if colored and pixels.shape[2] in (3, 4):
            return with_alpha(pixels, colored, path)
        if pixels.shape[2] == 3 and (pixels == pixels[..., :1]).all():  # gray, three times
            return Stored(pixels[..., 0])
        if pixels.shape[2] <= MOST_CHANNELS:
            return Stored(pixels, channels=True)
    if array.ndim != 2 or array.dtype.kind not in 'biuf':
        raise ValueError(f"'{path}' holds an array of shape {array.shape} and type {array.dtype}; a mask has a number "
                         'for each pixel, (height, width), or a channel for each class')
    return Stored(array)


def one_hot(pixels: np.ndarray, path: Path, num_classes: int) -> np.ndarray:
    """Labels from one channel a class, (H, W, C), C the number of classes, or one less, without the background."""
    count = pixels.shape[2]
    shown = pixels != 0
    claimed = shown.sum(axis=2)
    values = np.unique(pixels[shown])
    expected = f'{num_classes} or {num_classes - 1}' if num_classes else 'as many as classes'
    if count not in (num_classes, num_classes - 1):
        raise ValueError(f"'{path}' holds {count} channels; one channel a class is read, {expected}: save it so, or "
                         'with one channel of labels')
    if claimed.max(initial=0) > 1 or len(values) > 1:
        what = f'{np.count_nonzero(claimed > 1)} pixels have several' if claimed.max() > 1 else \
            f'their values are {", ".join(f"{value:g}" for value in values[:5])}{", ..." * (len(values) > 5)}'
        raise ValueError(f"'{path}' holds {count} channels, of which one a pixel may differ from 0, by one value; "
                         f'{what}: save it with one channel of labels')
    if count == num_classes and not claimed.all():
        raise ValueError(f"'{path}' holds {count} channels for {num_classes} classes, and {(claimed == 0).sum()} "
                         'pixels have none of them: fill the channel of the background, or leave it out')
    return shown.argmax(axis=2) + (claimed if count < num_classes else 0)


def mask_extensions(names: Sequence[str]) -> tuple[str, ...]:
    """The endings of masks among file names: of pictures, or of NumPy's files where there is no picture."""
    found = [kinds for kinds in (PICTURES, ARRAYS) if any(name.lower().endswith(kinds) for name in names)]
    return found[0] if found else PICTURES + ARRAYS
