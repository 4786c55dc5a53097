# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the tools that take images share: options, outputs, progress, and images that cannot be read."""
import csv
import io
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from mmseg_entmin.apis.images import find_images
from mmseg_entmin.apis.inferencer import EntMinInferencer, UnreadableImage
from mmseg_entmin.apis.prediction import Prediction
from mmseg_entmin.atomic import write_atomic
from mmseg_entmin.cli.common import read_config, require_checkpoint

UNREADABLE_STATUS = 3  # argparse ends with 2, a mistake with 1
STATUS_HELP = (f'Exit status: 0; 1 for a mistake; {UNREADABLE_STATUS} if an image could not be read, the others are '
               'done.')


def add_arguments(parser: ArgumentParser, out_help: str) -> None:
    """Adds the options that every one of these tools has."""
    parser.add_argument('images', nargs='+', metavar='FOLDER_OR_FILE',
                        help='images; of a folder, all that are in it or below it')
    parser.add_argument('--config', required=True, help='config file')
    parser.add_argument('--checkpoint', required=True, help='checkpoint file or URL')
    parser.add_argument('--out', required=True, type=Path, metavar='DIR', help=out_help)
    parser.add_argument('--list', metavar='FILE',
                        help='take only these images: names below the folder without suffix, one a line')
    parser.add_argument('--image-suffix', metavar='END',
                        help='of a folder, take only images whose names end so, like .jpg, where masks are beside them')
    parser.add_argument('--device', help="like 'cpu' or 'cuda:0' (default: the GPU if there is one)")
    parser.add_argument('--batch-size', type=int, default=8, metavar='N', help='images at once (default: %(default)s)')
    parser.add_argument('--force', action='store_true', help='overwrite results that exist')


def open_images(args: Namespace) -> dict[str, Path]:
    """The images of the command line, by name.

    Raises:
        FileNotFoundError, ValueError: see :func:`refuse_inside` and :func:`find_images`.
    """
    refuse_inside([args.out], map(Path, args.images))
    return find_images(args.images, args.list, args.image_suffix)


def open_inferencer(args: Namespace) -> EntMinInferencer:
    """The inferencer of the command line.

    Raises:
        UsageError: a config or checkpoint that does not exist.
        ValueError: see :class:`EntMinInferencer`.
    """
    config = read_config(args.config)
    return EntMinInferencer(config, require_checkpoint(args.checkpoint), args.device, args.batch_size)


def refuse_inside(results: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Refuse to write over an input, or among inputs, where the next run would take the results for some.

    Args:
        results: files and folders to write.
        inputs: files and folders that are read.

    Raises:
        ValueError: a result that is an input or lies inside one, links followed.
    """
    places = {path.resolve(): path for path in inputs}
    for result in results:
        place = result.resolve()
        for holder in (place, *place.parents):
            if holder in places:
                raise ValueError(f"'{result}' would be written over or into the input '{places[holder]}'; give an "
                                 '--out outside it')


def refuse_existing(paths: Sequence[Path], force: bool) -> None:
    """Raises ``FileExistsError`` if there is any of these files already, unless forced."""
    existing = [] if force else [path for path in paths if path.exists()]
    if existing:
        raise FileExistsError(f"'{existing[0]}' exists ({len(existing)} of {len(paths)} results do); give another "
                              '--out, or --force to overwrite')


class ImageRun:
    """Iterates over names and predictions, with progress on stderr, and notes the images that could not be read.

    Args:
        inferencer: what predicts.
        images: paths by name.
    """

    def __init__(self, inferencer: EntMinInferencer, images: dict[str, Path]) -> None:
        self.inferencer = inferencer
        self.images = images
        self.unreadable: list[str] = []

    def __iter__(self) -> Iterator[tuple[str, Prediction]]:
        names = {str(path): name for name, path in self.images.items()}
        for prediction in self.inferencer(progress(list(self.images.values())), on_unreadable=self._note):
            yield names[prediction.source], prediction

    def _note(self, problem: UnreadableImage) -> None:
        self.unreadable.append(str(problem))
        print(f'warning: {problem}', file=sys.stderr)

    @property
    def done(self) -> int:
        """Images that were read, once all have been gone through."""
        return len(self.images) - len(self.unreadable)

    def finish(self) -> None:
        """Ends the program with ``UNREADABLE_STATUS`` if an image could not be read."""
        if self.unreadable:
            print(f'{len(self.unreadable)} of {len(self.images)} images could not be read', file=sys.stderr)
            sys.exit(UNREADABLE_STATUS)


def write_csv(rows: Iterable[Sequence], path: Path) -> None:
    """Writes a table, as a whole or not at all."""
    text = io.StringIO(newline='')
    csv.writer(text).writerows(rows)
    write_atomic(text.getvalue().encode(), path)


def progress(items: Sequence) -> Iterator:
    """The items; meanwhile a bar on stderr if that is a terminal, else a line for each tenth."""
    if sys.stderr.isatty():
        yield from track(items, 'images', console=Console(stderr=True))
        return
    for count, item in enumerate(items, start=1):
        yield item
        if count * 10 // len(items) > (count - 1) * 10 // len(items):
            print(f'{count} of {len(items)} images', file=sys.stderr)
