# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Shared by the commands that take images: opening them, progress, and images that cannot be read."""
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import torch
from rich.console import Console
from rich.progress import track

from mmseg_entmin.apis.image_files import find_images
from mmseg_entmin.apis.inferencer import EntMinInferencer
from mmseg_entmin.apis.prediction import Prediction
from mmseg_entmin.apis.reading import UnreadableImage
from mmseg_entmin.apis.side_by_side import behind
from mmseg_entmin.apis.tiles import is_large
from mmseg_entmin.atomic import refuse_inside
from mmseg_entmin.config.read_config import read_config

CPU_WORKERS, GPU_WORKERS = 2, 8  # at most, by default
Item = TypeVar('Item')
Result = TypeVar('Result')
UNREADABLE_STATUS = 3  # argparse ends with 2, a mistake with 1


def open_images(args: Namespace) -> dict[str, Path]:
    """The images of the command line, by name."""
    refuse_inside([args.out], map(Path, args.images))
    return find_images(args.images, args.list, args.image_suffix)


def open_inferencer(args: Namespace, outputs: Collection[str]) -> EntMinInferencer:
    """The inferencer of the command line, which computes these outputs beside the labels."""
    workers = default_workers(args.device) if args.workers is None else args.workers
    return EntMinInferencer(read_config(args.config), args.checkpoint, args.device, args.batch_size, outputs, workers,
                            args.engine, args.fast)


def default_workers(device: str | None) -> int:
    """Processes that read images ahead: enough for a device, but no more than there are cores beside the network's."""
    on_cpu = device == 'cpu' or (device is None and not torch.cuda.is_available())
    return min(CPU_WORKERS if on_cpu else GPU_WORKERS, cores() - 1)


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


class ImageRun:
    """The predictions of images, given by name, with progress; it notes those it cannot read. It leaves out the `tiled`
    ones; without that, it refuses images that are too large to be read whole (ValueError)."""

    def __init__(self, inferencer: EntMinInferencer, images: dict[str, Path],
                 tiled: Collection[str] | None = None) -> None:
        self.inferencer, self.images = inferencer, images
        self.whole = [path for name, path in images.items() if name not in (tiled or ())]
        for path in self.whole if tiled is None else ():
            if is_large(path, inferencer):
                raise ValueError(f"'{path}' has more than 8192 x 8192 pixels, and this command reads whole images: "
                                 'cut it into smaller files')
        self.unreadable: list[str] = []

    def each(self, work: Callable[[str, Prediction], Result]) -> Iterator[tuple[str, Result]]:
        """Names of the images that can be read, in order, and what `work` returns for name and prediction. It is called
        in threads, while the network goes on."""
        names = {str(path): name for name, path in self.images.items()}

        def named(prediction: Prediction) -> tuple[str, Result]:
            name = names[prediction.source]
            return name, work(name, prediction)

        predictions = self.inferencer(self.whole, on_unreadable=self.note)
        return progress(behind(named, predictions, self.inferencer.workers), len(self.whole))

    def note(self, problem: UnreadableImage) -> None:
        """Counts and names an image that cannot be read."""
        self.unreadable.append(str(problem))
        print(f'warning: {problem}', file=sys.stderr)

    @property
    def done(self) -> int:
        """Images that were read, at the end of the iteration."""
        return len(self.images) - len(self.unreadable)

    def finish(self) -> None:
        """Says what the engine took. Ends the program with ``UNREADABLE_STATUS`` if an image could not be read."""
        print(*self.inferencer.engine.notes, sep='\n', end='\n' * bool(self.inferencer.engine.notes))
        if self.unreadable:
            print(f'{len(self.unreadable)} of {len(self.images)} images could not be read', file=sys.stderr)
            sys.exit(UNREADABLE_STATUS)


def progress(items: Iterable[Item], total: int) -> Iterator[Item]:
    """The items, at most `total`, with a bar on stderr if that is a terminal, else a line for each tenth."""
    if sys.stderr.isatty():
        yield from track(items, 'images', total=total, console=Console(stderr=True))
        return
    for count, item in enumerate(items, start=1):
        yield item
        if count * 10 // total > (count - 1) * 10 // total:
            print(f'{count} of {total} images', file=sys.stderr)
