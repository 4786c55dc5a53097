# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Shared by the commands that take images: opening them, progress, and images that cannot be read."""
import sys
from argparse import Namespace
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from mmseg_entmin.apis.image_files import find_images
from mmseg_entmin.apis.inferencer import EntMinInferencer, UnreadableImage
from mmseg_entmin.apis.prediction import Prediction
from mmseg_entmin.apis.tiles import is_large
from mmseg_entmin.atomic import refuse_inside
from mmseg_entmin.config.read_config import read_config

UNREADABLE_STATUS = 3  # argparse ends with 2, a mistake with 1


def open_images(args: Namespace) -> dict[str, Path]:
    """The images of the command line, by name."""
    refuse_inside([args.out], map(Path, args.images))
    return find_images(args.images, args.list, args.image_suffix)


def open_inferencer(args: Namespace) -> EntMinInferencer:
    """The inferencer of the command line."""
    return EntMinInferencer(read_config(args.config), args.checkpoint, args.device, args.batch_size)


class ImageRun:
    """Iterates over names and predictions of images, given by name, with progress; notes those it cannot read. It
    leaves out the `tiled` ones; without that, it refuses images that are too large to be read whole (ValueError)."""

    def __init__(self, inferencer: EntMinInferencer, images: dict[str, Path],
                 tiled: Collection[str] | None = None) -> None:
        self.inferencer, self.images = inferencer, images
        self.whole = [path for name, path in images.items() if name not in (tiled or ())]
        for path in self.whole if tiled is None else ():
            if is_large(path, inferencer):
                raise ValueError(f"'{path}' has more than 8192 x 8192 pixels, and this command reads whole images: "
                                 'cut it into smaller files')
        self.unreadable: list[str] = []

    def __iter__(self) -> Iterator[tuple[str, Prediction]]:
        names = {str(path): name for name, path in self.images.items()}
        for prediction in self.inferencer(progress(self.whole), on_unreadable=self.note):
            yield names[prediction.source], prediction

    def note(self, problem: UnreadableImage) -> None:
        """Counts and names an image that cannot be read."""
        self.unreadable.append(str(problem))
        print(f'warning: {problem}', file=sys.stderr)

    @property
    def done(self) -> int:
        """Images that were read, at the end of the iteration."""
        return len(self.images) - len(self.unreadable)

    def finish(self) -> None:
        """Ends the program with ``UNREADABLE_STATUS`` if an image could not be read."""
        if self.unreadable:
            print(f'{len(self.unreadable)} of {len(self.images)} images could not be read', file=sys.stderr)
            sys.exit(UNREADABLE_STATUS)


def progress(items: Sequence) -> Iterator:
    """The items, with a bar on stderr if that is a terminal, else a line for each tenth."""
    if sys.stderr.isatty():
        yield from track(items, 'images', console=Console(stderr=True))
        return
    for count, item in enumerate(items, start=1):
        yield item
        if count * 10 // len(items) > (count - 1) * 10 // len(items):
            print(f'{count} of {len(items)} images', file=sys.stderr)
