# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Checks of one image."""
import io
from collections.abc import Iterator
from functools import cache

import mmcv
import numpy as np
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from mmseg_entmin.words import amount

from ..transforms.load_tiff import LoadTiff
from .problem import ERROR, WARNING, Problem
from .sample import ORIENTATION, Sample
from .source import UNLABELED, loaders

TURNED, SIDEWAYS, LAST = 2, 5, 8  # EXIF's orientations
OFF = 10.  # standard deviations between an image's mean and that of the data preprocessor
LOAD_TIFF = ("read it with dict(type='LoadTiff') in place of LoadImageFromFile in all pipelines, and give in_channels, "
             'mean and std for its bands')
EIGHT_BITS = ('AdjustGamma', 'CLAHE', 'PhotoMetricDistortion')  # transforms of mmseg that expect 0 to 255


def check_readable(sample: Sample) -> Iterator[Problem]:
    """An image that the pipeline cannot load."""
    if sample.image is not None:
        return
    facts = sample.image_facts
    reason, advice = f"cannot be read: {sample.why('image')}", 'replace the file'
    if not facts.broken and facts.bits > 16:
        reason = f'has {facts.bits} bits a channel, which the loader cannot read'
        advice = 'convert it to 8 bits, or set imdecode_backend of LoadImageFromFile'
    if facts.tiff is not None and not facts.tiff.plain and isinstance(sample.image_loader, LoadImageFromFile):
        yield Problem('bands', ERROR, sample.image_path, f'is {facts.tiff}, which the loader cannot read', LOAD_TIFF)
        return
    if sample.role == UNLABELED:
        advice += '; training takes another image in its place and counts it'
    yield Problem('unreadable', WARNING if sample.role == UNLABELED else ERROR, sample.image_path, reason, advice)


def check_complete(sample: Sample) -> Iterator[Problem]:
    """A file that ends too early; some decoders fill the rest with gray without an error."""
    broken = sample.image_facts.broken
    if sample.image is not None and broken and not isinstance(sample.image_loader, LoadTiff):  # it refuses such a file
        yield Problem('truncated', WARNING if sample.role == UNLABELED else ERROR, sample.image_path,
                      f'is not whole ({broken}); what is missing is made up by the decoder', 'copy it again')


def check_bits(sample: Sample) -> Iterator[Problem]:
    """More than 8 bits: the pipeline keeps only 8, or mean and std may not fit."""
    facts = sample.image_facts
    if sample.image is None or facts.bits <= 8:
        return
    if sample.image.dtype == np.uint8:
        yield Problem('16 bits', WARNING, sample.image_path,
                      f'has {facts.bits} bits, of which the loader keeps 8 (it reads values {sample.image.min()} to '
                      f'{sample.image.max()})', 'convert the images to 8 bits with a range of your choice')
        return
    names = [name for step in loaders(sample.source.dataset) if (name := type(step).__name__) in EIGHT_BITS]
    if names:
        yield Problem('16 bits', ERROR, sample.image_path,
                      f"is read as {sample.image.dtype}, but {', '.join(names)} of the pipeline keeps 8 bits of it",
                      'take that transform out, or convert the images to 8 bits')
    elif not normalized(sample):
        yield Problem('16 bits', WARNING, sample.image_path,
                      f'is read as {sample.image.dtype} with values {sample.image.min()} to {sample.image.max()}, but '
                      'mean and std of the data_preprocessor are usually for 0 to 255', 'convert it, or set these')


def normalized(sample: Sample) -> bool:
    """Whether mean and std of the data preprocessor fit the channels of the image, or one value of each all of them."""
    mean, std = (np.atleast_1d(sample.source.normalization.get(key) or ()) for key in ('mean', 'std'))
    ours = np.atleast_3d(sample.image).mean(axis=(0, 1))
    return {len(mean), len(std)} <= {1, len(ours)} and bool((np.abs(ours - mean) <= OFF * std).all())


def check_bands(sample: Sample) -> Iterator[Problem]:
    """A TIFF of several bands that mmcv's loader reads with other values than the stored ones."""
    tiff = sample.image_facts.tiff
    if sample.image is None or tiff is None or tiff.plain or not isinstance(sample.image_loader, LoadImageFromFile):
        return
    try:
        stored = LoadTiff()(dict(img_path=sample.image_path))['img'] if sample.source.local else None
    except (ImportError, OSError, ValueError):  # it cannot be compared
        stored = None
    found = np.atleast_3d(sample.image)
    shape = ' x '.join(map(str, found.shape))
    if stored is None:
        yield Problem('bands', WARNING, sample.image_path, f'is {tiff}; OpenCV changes the values of many such files '
                      f'(this one is read as {shape})', LOAD_TIFF)
        return
    count = min(found.shape[2], stored.shape[2])
    bgr = [2, 1, 0, *range(3, count)] if count > 2 else [0]
    kept = found.shape[2] > 1 and found.shape[:2] == stored.shape[:2] and any(
        (found[..., :count] == stored[..., order]).all() for order in (bgr, range(count)))
    if not kept:
        row, column = np.unravel_index(stored.max(axis=2).argmax(), stored.shape[:2])
        values = [', '.join(f'{value:g}' for value in pixels[row:, column:][:1, :1].ravel())
                  for pixels in (stored, found)]
        yield Problem('bands', ERROR, sample.image_path, f'is {tiff}, but it is read as {shape} with other values: '
                      f'{values[0]} becomes {values[1]}', LOAD_TIFF)


def check_frames(sample: Sample) -> Iterator[Problem]:
    """Several frames in one file."""
    frames = sample.image_facts.frames
    if sample.image is not None and frames > 1 and not isinstance(sample.image_loader, LoadTiff):
        yield Problem('frames', WARNING, sample.image_path, f'holds {frames} frames, the loader reads the first',
                      "save them as files of their own, or read them as channels with dict(type='LoadTiff', pages=True)"
                      if sample.image_facts.tiff else 'save them as files of their own')


def check_channels(sample: Sample) -> Iterator[Problem]:
    """Transparency, which the loader drops, or an unusual number of channels."""
    if isinstance(sample.image_loader, LoadTiff):
        mean = sample.source.normalization.get('mean') or ()
        if sample.image is not None and len(mean) > 1 and len(mean) != sample.image.shape[2]:
            read = amount(sample.image.shape[2], 'channel')
            yield Problem('channels', ERROR, sample.image_path, f'is read with {read}, but '
                          f'mean of the data_preprocessor has {len(mean)} values', 'set channels of LoadTiff, or '
                          'in_channels, mean and std')
    elif sample.image is not None and sample.image.ndim == 3 and sample.image.shape[2] not in (1, 3):
        yield Problem('channels', WARNING, sample.image_path, f'is read with {sample.image.shape[2]} channels',
                      "set color_type='color' of LoadImageFromFile, or let the network expect so many")
    elif sample.image_facts.alpha:
        yield Problem('alpha', WARNING, sample.image_path, 'has transparency, which the loader drops',
                      'convert it to RGB on the background of your choice')


def check_orientation(sample: Sample) -> Iterator[Problem]:
    """An EXIF rotation that the loader applies to the image but not to the mask."""
    facts = sample.image_facts
    loader = sample.image_loader
    if sample.image is None or not TURNED <= facts.orientation <= LAST or sample.role == UNLABELED or isinstance(
            loader, LoadTiff):
        return
    if rotates(getattr(loader, 'color_type', 'color'), getattr(loader, 'imdecode_backend', 'cv2'), facts.format):
        mask_size = None if sample.mask is None else sample.mask.shape[:2]
        yield from check_turned(sample.image_path, facts.orientation, sample.image.shape[:2], mask_size)


def check_turned(path: str, orientation: int, size: tuple[int, int],
                 mask_size: tuple[int, int] | None) -> Iterator[Problem]:
    """An image that EXIF turns (orientation 2 to 8; from 5 on, width and height are swapped), unless the size of its
    mask, (H, W) or None, shows that the mask was drawn on the image as it is loaded, of `size`."""
    sideways = orientation >= SIDEWAYS and size[0] != size[1]
    if not (sideways and size == mask_size):
        unknown = '' if sideways else ', and whether its mask was drawn upright cannot be seen'
        yield Problem('EXIF rotation', ERROR, path,
                      f'EXIF orientation {orientation} turns the image when it is loaded, but not its mask{unknown}',
                      "save it upright without EXIF, or set color_type='color_ignore_orientation' of LoadImageFromFile "
                      'if the mask was drawn on the image as stored')


@cache
def rotates(flag: str, backend: str, image_format: str) -> bool:
    """Whether a loader with these settings applies EXIF, found by loading a 2 x 1 picture that is marked as turned."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    content = io.BytesIO()
    Image.new('RGB', (2, 1)).save(content, image_format, exif=exif)
    return mmcv.imfrombytes(content.getvalue(), flag, backend=backend).shape[:2] == (2, 1)


IMAGE_CHECKS = (check_readable, check_complete, check_bits, check_bands, check_frames, check_channels,
                check_orientation)
