# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Images from files or arrays, read ahead in processes of their own."""
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_all_start_methods
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from mmengine.dataset import Compose
from torch.utils.data import DataLoader, Dataset

from mmseg_entmin.errors import one_line

from .rasters import pixels_without_data

Image = str | Path | np.ndarray


class UnreadableImage(ValueError):
    """An image that cannot be read; the message names the file, which is also its ``source``, None for an array."""

    source: str | None = None


class Loaded(NamedTuple):
    """An image as the network takes it."""

    source: str | None  # path; None for an array
    data: dict  # the test pipeline's output
    no_data: np.ndarray | None = None  # where the file has no data, (H, W), bool


class Reader:
    """Reads images through a test pipeline.

    Args:
        pipeline: its first step loads a file.
        channels: of the network; ValueError for an image of another number of channels, unless it has one.
        takes_arrays: whether the pipeline takes arrays, beside paths.
    """

    def __init__(self, pipeline: Compose, channels: int, takes_arrays: bool = False) -> None:
        self.pipeline, self.channels, self.takes_arrays = pipeline, channels, takes_arrays

    def __call__(self, image: Image) -> Loaded | UnreadableImage:
        """The image, or the error of one that cannot be read."""
        source = None if isinstance(image, np.ndarray) else str(image)
        if source is None:
            self.check_array(image)
        try:
            data = self.pipeline(dict(img=image) if source is None else dict(img_path=source))
        # of mmcv's loader; the last two are for bytes that are no image, and for an empty file
        except (OSError, AssertionError, cv2.error) as error:
            reason = one_line(error) if isinstance(error, OSError) else 'OpenCV cannot decode it'
            problem = UnreadableImage(f"{source or 'array'}: not read: {reason}")
            problem.__cause__, problem.source = error, source
            return problem
        self.check_channels(source, data)
        loader = getattr(self.pipeline.transforms[0], 'from_file', self.pipeline.transforms[0])
        return Loaded(source, data, None if source is None else pixels_without_data(source, loader))

    def check_channels(self, source: str | None, data: dict) -> None:
        """ValueError if what the pipeline gives has another number of channels than the network takes."""
        if len(data['inputs']) not in (1, self.channels):
            raise ValueError(f"{source or 'array'}: the test pipeline gives {len(data['inputs'])} channels, the "
                             f'network takes {self.channels}; give images like those of the training')

    def check_array(self, image: np.ndarray) -> None:
        """ValueError for an array that is no image of the network, or that the pipeline cannot take."""
        channels = self.channels
        if image.shape[2:] != (channels, ) and not (channels == 1 and image.ndim == 2):
            raise ValueError(f'an array of shape {image.shape} is no image of this network; give '
                             f'(H, W, {channels}){", BGR" if channels == 3 else ""}')
        if not self.takes_arrays:
            raise ValueError('the test pipeline has no LoadImageFromFile: give paths of images, not arrays')


class Images(Dataset):
    """Images for worker processes, by their place in a list."""

    def __init__(self, images: Sequence[Image], reader: Reader) -> None:
        self.images, self.reader = images, reader

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Loaded | UnreadableImage:
        return self.reader(self.images[index])


def read_images(images: Iterable[Image], reader: Reader, workers: int = 0) -> Iterator[Loaded | UnreadableImage]:
    """What the reader says of each image, in order; `workers` processes read a list two images each ahead. 0: when the
    caller asks for it."""
    if not workers:
        return map(reader, images)
    copied = 'fork' if 'fork' in get_all_start_methods() else None  # others would import everything again
    loader = DataLoader(Images(images, reader), batch_size=None, num_workers=workers, collate_fn=to_array,
                        worker_init_fn=one_thread, multiprocessing_context=copied)
    return map(to_tensor, loader)


def to_array(image: Loaded | UnreadableImage) -> Loaded | UnreadableImage:
    """An image as it goes through a pipe. (A tensor would go through shared memory, of which containers have little.)
    """
    if isinstance(image, Loaded):
        image.data['inputs'] = image.data['inputs'].numpy()
    return image


def to_tensor(image: Loaded | UnreadableImage) -> Loaded | UnreadableImage:
    if isinstance(image, Loaded):
        image.data['inputs'] = torch.from_numpy(image.data['inputs'])
    return image


def one_thread(_worker: int) -> None:
    """A worker is one of several, and OpenCV would start a thread for each core in each of them."""
    cv2.setNumThreads(0)


@contextmanager
def ended_workers_named() -> Iterator[None]:
    """Turns the error of a worker process that the system ended into an OSError that says what to do."""
    try:
        yield
    except RuntimeError as error:
        if 'DataLoader worker' not in str(error):
            raise
        raise OSError('a process that reads images was ended from outside, as happens where memory is short; free '
                      'some, or read with fewer processes (--workers)') from error
