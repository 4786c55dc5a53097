# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One image and its mask: as the files are, and as the dataset's own pipeline loads them."""
import copy
import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from mmcv.transforms import LoadAnnotations
from mmengine import fileio
from PIL import Image, UnidentifiedImageError

from mmseg_entmin.errors import one_line

from .source import Source, image_loader, mask_loader

ORIENTATION, BITS_PER_SAMPLE = 274, 258  # tags of EXIF and TIFF


@dataclass
class FileFacts:
    """What Pillow says of an image file; ``None`` stands where it knows no such format.

    Attributes:
        format: Pillow's, like 'PNG'.
        mode: Pillow's, like 'RGB', 'P' or 'I;16'.
        bits: of a channel.
        orientation: EXIF's, 1 (upright) to 8.
        alpha: has a channel, or a color, of transparency.
        palette: (n, 3) of uint8, or None.
        values: the pixels as they are stored, for files of one channel.
        frames: pictures in the file, of which loaders read the first.
        broken: why the file cannot be decoded to its end, '' if it can.
    """

    format: str = ''
    mode: str = ''
    bits: int = 8
    orientation: int = 1
    alpha: bool = False
    palette: np.ndarray | None = None
    values: np.ndarray | None = None
    frames: int = 1
    broken: str = ''


def read_facts(content: bytes) -> FileFacts | None:
    """Opens an image file with Pillow and decodes it to its end; None for a format that Pillow does not know."""
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
        facts.orientation = image.getexif().get(ORIENTATION, 1)  # before Pillow loads a TIFF, and turns it
        image.load()
    except Exception as error:
        facts.broken = one_line(error)
        return facts
    facts.alpha = image.mode in ('RGBA', 'LA', 'PA', 'La', 'RGBa') or 'transparency' in image.info
    if image.mode == 'P':
        facts.palette = np.array(image.getpalette('RGB'), np.uint8).reshape(-1, 3)
    if len(image.getbands()) == 1:
        facts.values = np.asarray(image)
    return facts


def count_frames(image: Image.Image) -> int:
    """Pictures in a file that is open; what a phone adds to its JPEG is a preview of the same."""
    return 1 if image.format == 'MPO' else getattr(image, 'n_frames', 1)


def _bits(image: Image.Image, content: bytes) -> int:
    if image.format == 'PNG':
        return content[24]  # the header's bit depth; Pillow gives 16-bit colors as 8-bit ones
    if image.format == 'TIFF':
        return max(np.atleast_1d(image.tag_v2.get(BITS_PER_SAMPLE, 8)))
    return 16 if image.mode.startswith('I;16') else 32 if image.mode in ('I', 'F') else 8


class Sample:
    """One image of a source and its mask, each read when it is first asked for.

    Args:
        source: a plain dataset.
        index: of the image.
    """

    def __init__(self, source: Source, index: int) -> None:
        self.source = source
        self.role = source.role
        self.info = source.infos[index]
        self.image_path: str = self.info['img_path']
        self.mask_path: str | None = self.info.get('seg_map_path')
        self.image_error = self.mask_error = ''

    def _load(self, transform: Any, key: str) -> np.ndarray | None:
        try:
            results = transform(copy.deepcopy(self.info))
            return None if results is None else results[key]
        except Exception as error:  # of any kind: the decoders' errors have no common class
            setattr(self, 'image_error' if key == 'img' else 'mask_error', one_line(error))
            return None

    @cached_property
    def image_loader(self) -> Any:
        """The transform that loads the image."""
        return image_loader(self.source.dataset)

    @cached_property
    def mask_loader(self) -> LoadAnnotations | None:
        """The transform that loads the mask."""
        return mask_loader(self.source.dataset)

    @cached_property
    def image(self) -> np.ndarray | None:
        """The image as the pipeline loads it, (H, W) or (H, W, C); None if that fails."""
        return self._load(self.image_loader, 'img')

    @cached_property
    def mask(self) -> np.ndarray | None:
        """The mask as the pipeline loads it, ``label_map`` and ``reduce_zero_label`` applied; None if that fails."""
        return self._load(self.mask_loader, 'gt_seg_map')

    def _facts(self, path: str, loader: Any) -> FileFacts | None:
        try:
            content = fileio.get(path, backend_args=getattr(loader, 'backend_args', None))
        except Exception as error:
            return FileFacts(broken=one_line(error))
        return read_facts(content)

    @cached_property
    def image_facts(self) -> FileFacts | None:
        return self._facts(self.image_path, self.image_loader)

    @cached_property
    def mask_facts(self) -> FileFacts | None:
        return self._facts(self.mask_path, self.mask_loader)

    @cached_property
    def values(self) -> np.ndarray:
        """The labels in the mask, sorted, void left out."""
        values = np.unique(self.mask)
        return values[values != self.source.dataset.ignore_index]

    def why(self, kind: str) -> str:
        """Why the pipeline cannot load the 'image' or the 'mask'."""
        facts, error = (self.image_facts, self.image_error) if kind == 'image' else (self.mask_facts, self.mask_error)
        if facts is None:
            return 'it is no image of a known format'
        return facts.broken or error or 'the loader gives nothing'

    def digest(self) -> bytes:
        """Hash of the decoded pixels: equal for one picture in two files, whatever their format."""
        return hashlib.blake2b(repr(self.image.shape).encode() + np.ascontiguousarray(self.image).tobytes(),
                               digest_size=16).digest()
