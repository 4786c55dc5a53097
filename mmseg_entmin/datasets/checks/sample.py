# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One image and its mask, as stored in the files and as loaded by the dataset's pipeline."""
import copy
import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from mmengine import fileio
from PIL import Image, UnidentifiedImageError

from mmseg_entmin.errors import one_line

from ..conversion import WHITE, decoding
from ..tiff import TiffHeader, tiff_header
from .source import Source, image_loader, mask_loader

ALPHA = 'A', 'a'  # the band, plain or multiplied into the colors
ORIENTATION, BITS_PER_SAMPLE, SUBFILE = 274, 258, 254  # tags of EXIF and TIFF


@dataclass
class FileFacts:
    """Properties of an image file that Pillow reads."""

    format: str = ''  # Pillow's name, like 'PNG'
    mode: str = ''  # Pillow's, like 'RGB', 'P' or 'I;16'
    bits: int = 8  # per channel
    orientation: int = 1  # of EXIF, 1 (upright) to 8
    alpha: bool = False  # whether pixels or a color are transparent; a channel that is opaque everywhere is not
    palette: np.ndarray | None = None  # (n, 3), uint8
    values: np.ndarray | None = None  # pixels of a file with one channel
    frames: int = 1  # loaders read the first
    broken: str = ''  # why the file cannot be decoded completely
    inverted: bool = False  # whether loaders invert the stored gray values
    top: int = WHITE  # the stored gray value that loaders scale to 255
    known: bool = True  # whether Pillow knows the format
    tiff: TiffHeader | None = None  # of a TIFF, also of one that Pillow does not open


def read_facts(content: bytes) -> FileFacts | None:
    """Reads and decodes an image file with Pillow; None if Pillow does not know the format."""
    if not content:
        return FileFacts(broken='the file is empty')
    try:
        image = Image.open(io.BytesIO(content))
    except UnidentifiedImageError:
        return None
    except Image.DecompressionBombError:
        return FileFacts()  # more pixels than Pillow opens, some 179 million: no fault of the file
    except Exception as error:  # a header that ends too early is anything, by the format
        return FileFacts(broken=one_line(error))
    facts = FileFacts(format=image.format or '', mode=image.mode, bits=_bits(image, content))
    try:
        facts.frames = count_frames(image)
        facts.inverted, facts.top = decoding(image)
        facts.orientation = image.getexif().get(ORIENTATION, 1)  # before Pillow loads a TIFF, and turns it
        image.load()
    except Exception as error:
        facts.broken = one_line(error)
        return facts
    facts.alpha = image.getbands()[-1] in ALPHA and image.getextrema()[-1][0] < WHITE or 'transparency' in image.info
    if image.mode == 'P':
        facts.palette = np.array(image.getpalette('RGB'), np.uint8).reshape(-1, 3)
    if len(image.getbands()) == 1:
        facts.values = np.asarray(image)
    return facts


def count_frames(image: Image.Image) -> int:
    """Number of frames of an open file, without the preview that phones add to a JPEG, and without the smaller copies
    (overviews) and masks in a GeoTIFF."""
    frames = 1 if image.format == 'MPO' else getattr(image, 'n_frames', 1)
    if image.format != 'TIFF' or frames == 1:
        return frames
    kinds = []
    for frame in range(frames):
        image.seek(frame)
        kinds.append(image.tag_v2.get(SUBFILE, 0))
    image.seek(0)
    return max(1, sum(not kind & 5 for kind in kinds))  # bit 0: reduced, bit 2: a mask of transparency


def _bits(image: Image.Image, content: bytes) -> int:
    if image.format == 'PNG':
        return content[24]  # the header's bit depth; Pillow gives 16-bit colors as 8-bit ones
    if image.format == 'TIFF':
        return max(np.atleast_1d(image.tag_v2.get(BITS_PER_SAMPLE, 8)))
    return 16 if image.mode.startswith('I;16') else 32 if image.mode in ('I', 'F') else 8


class Sample:
    """One image of a source and its mask; each is read on first use."""

    def __init__(self, source: Source, index: int) -> None:
        self.source = source
        self.role = source.role
        self.info = source.info(index)
        self.image_path: str = self.info['img_path']
        self.mask_path: str | None = self.info.get('seg_map_path')
        self.image_loader, self.mask_loader = image_loader(source.dataset), mask_loader(source.dataset)
        self.image_error = self.mask_error = ''

    def _load(self, transform: Any, key: str) -> np.ndarray | None:
        try:
            results = transform(copy.deepcopy(self.info))
            return None if results is None else results[key]
        except Exception as error:  # of any kind: the decoders' errors have no common class
            setattr(self, 'image_error' if key == 'img' else 'mask_error', one_line(error))
            return None

    @cached_property
    def image(self) -> np.ndarray | None:
        """The loaded image, (H, W) or (H, W, C); None if loading fails."""
        return self._load(self.image_loader, 'img')

    @cached_property
    def mask(self) -> np.ndarray | None:
        """The loaded mask, after `label_map` and `reduce_zero_label`; None if loading fails."""
        return self._load(self.mask_loader, 'gt_seg_map')

    def _facts(self, path: str, loader: Any) -> FileFacts:
        try:
            content = fileio.get(path, backend_args=getattr(loader, 'backend_args', None))
        except Exception as error:
            return FileFacts(broken=one_line(error))
        facts = read_facts(content) or FileFacts(known=False)
        facts.tiff = tiff_header(content)
        if facts.tiff is not None:
            facts.bits = facts.tiff.bits
        return facts

    @cached_property
    def image_facts(self) -> FileFacts:
        return self._facts(self.image_path, self.image_loader)

    @cached_property
    def mask_facts(self) -> FileFacts:
        return self._facts(self.mask_path, self.mask_loader)

    @cached_property
    def values(self) -> np.ndarray:
        """The sorted labels of the mask without `ignore_index`."""
        values = np.unique(self.mask)
        return values[values != self.source.dataset.ignore_index]

    def why(self, kind: str) -> str:
        """Why the pipeline cannot load the 'image' or the 'mask'."""
        facts, error = (self.image_facts, self.image_error) if kind == 'image' else (self.mask_facts, self.mask_error)
        if not facts.known:
            return 'it is no image of a known format'
        return facts.broken or error or 'the loader gives nothing'

    def digest(self) -> bytes:
        """Hash of the decoded pixels, equal for one picture in two formats."""
        return hashlib.blake2b(repr(self.image.shape).encode() + np.ascontiguousarray(self.image).tobytes(),
                               digest_size=16).digest()
