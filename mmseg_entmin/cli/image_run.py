# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Shared by the commands that take images: opening them, progress, and images that cannot be read."""
import hashlib
import itertools
import os
import re
import sys
import zlib
from argparse import Namespace
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from rich.console import Console
from rich.progress import track

from mmseg_entmin.apis.image_files import find_images
from mmseg_entmin.apis.inferencer import EntMinInferencer
from mmseg_entmin.apis.prediction import Prediction
from mmseg_entmin.apis.reading import UnreadableImage
from mmseg_entmin.apis.side_by_side import behind
from mmseg_entmin.apis.tiles import is_large
from mmseg_entmin.atomic import is_whole, refuse_existing, refuse_inside, remove_partial_files_of
from mmseg_entmin.config.read_config import read_config

from .journal import Journal
from .kept_memory import keep_memory
from .shards import device_of, goes_on, shard_of

CPU_WORKERS, GPU_WORKERS = 2, 8  # at most, by default
WRITERS = 4  # threads, which wait for the disk most of the time
Item = TypeVar('Item')
Result = TypeVar('Result')
UNREADABLE_STATUS = 3  # argparse ends with 2, a mistake with 1


def open_images(args: Namespace) -> dict[str, Path]:
    """The images of the command line, by name."""
    refuse_inside([args.out], map(Path, args.images))
    return find_images(args.images, args.list, args.image_suffix)


def open_inferencer(args: Namespace, outputs: Collection[str]) -> EntMinInferencer:
    """The inferencer of the command line, which computes these outputs beside the labels."""
    shard_of(args)  # before anything takes time
    keep_memory()
    device = device_of(args)
    workers = default_workers(device) if args.workers is None else args.workers
    return EntMinInferencer(read_config(args.config), args.checkpoint, device, args.batch_size, outputs, workers,
                            args.engine, args.fast)


def default_workers(device: str | None) -> int:
    """Processes that read images ahead: enough for a device, but no more than there are cores beside the network's."""
    on_cpu = device == 'cpu' or (device is None and not torch.cuda.is_available())
    return min(CPU_WORKERS if on_cpu else GPU_WORKERS, cores() - 1)


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


class ImageRun:
    """The predictions of this process's share of some images, with progress. It notes which are done, so that a run
    that is killed goes on, and names those that cannot be read.

    Args:
        args: of the command line.
        inferencer: predicts.
        images: of all shares, by name.
        options: names of the options in ``args`` that the results of an image depend on.
        ends: those that only the results of all images depend on. Default: none.
    """

    def __init__(self, args: Namespace, inferencer: EntMinInferencer, images: dict[str, Path],
                 options: Sequence[str], ends: Sequence[str] = ()) -> None:
        self.inferencer, self.images, self.shard = inferencer, images, shard_of(args)
        self.force, self.resumed = args.force, goes_on(args)
        self.journal = Journal(args.out, self.shard, settings_of(args, inferencer, options), given(args, ends))
        self.own = self.todo = self.shard.of(list(images))
        self.noted: dict[str, list] = {}  # rows and stamps of images that were done before
        self.unreadable: list[str] = []

    def begin(self, files_of: Callable[[str], Iterable[Path]], tables: Sequence[Path]) -> None:
        """Finds out what is left to do.

        Args:
            files_of: the results of an image by its name. An image is done if they are there and whole, and its row is.
            tables: results of all images together.

        Raises:
            FileExistsError: results exist, and neither ``--force`` nor ``--resume`` is given, or no run noted them.
            ValueError: ``--resume`` of results that were made with other settings, or of other images.
        """
        if not self.own:
            return
        if not self.resumed or not self.journal.files():
            paths = itertools.chain((path for name in self.own for path in files_of(name)), tables)
            refuse_existing(paths, self.force, f"; nothing in '{self.journal.folder}' says how it was made"
                            if self.resumed else ', or --resume to go on with a run that was ended')
            self.journal.start(self.force)
            return
        self.journal.check()
        for name, (row, stamp) in self.journal.noted().items():
            if row is None or name not in self.images or not all(map(is_whole, files_of(name))):
                continue
            if stamp != stamp_of(self.images[name]):
                raise ValueError(f"--resume: '{self.images[name]}' is not the image whose results are in "
                                 f"'{self.journal.out}'; give another --out, or --force to begin anew")
            self.noted[name] = [row, stamp]
        self.todo = [name for name in self.own if name not in self.noted]
        remove_partial_files_of(path for name in self.todo for path in files_of(name))
        if len(self.todo) < len(self.own):
            print(f'{len(self.own) - len(self.todo)} of {len(self.own)} images are done already')

    def is_finished(self, table: Path, files: Iterable[Path], names: Iterable[str] | None = None) -> bool:
        """Whether ``--resume`` finds a run that ended with this table, whose rows are no longer there. ValueError if a
        file of it or the name of an image is missing."""
        if not self.resumed or self.journal.files() != [self.journal.done] or not table.exists():
            return False
        self.journal.check()
        missing = [*(path for path in files if not is_whole(path)),
                   *(set(self.images).difference(names) if names is not None else ())]
        if missing:
            raise ValueError(f"--resume: '{table}' is of a run that ended without '{missing[0]}'; give --force to "
                             'begin anew, or another --out')
        print(f'{table} and its {len(self.images)} images are there, nothing is left to do')
        return True

    def each(self, work: Callable[[str, Prediction], tuple[Any, Result]],
             tiled: Collection[str] | None = None) -> Iterator[tuple[str, Result]]:
        """Names of the images that are left and can be read, in order, and what `work` makes of name and prediction,
        beside the row to note. It is called in threads, while the network goes on. `tiled` images are left out; without
        that, images that are too large to be read whole are refused (ValueError)."""
        names: dict[str, list[str]] = {}  # by path: a file in two of the given folders has two names
        for name in self.todo:
            if name not in (tiled or ()):
                names.setdefault(str(self.images[name]), []).append(name)
        for path in names if tiled is None else ():
            if is_large(path, self.inferencer):
                raise ValueError(f"'{path}' has more than 8192 x 8192 pixels, and this command reads whole images: "
                                 'cut it into smaller files')

        def results_of(prediction: Prediction) -> list[tuple[str, tuple[Any, Result]]]:
            return [(name, work(name, prediction)) for name in names[prediction.source]]

        def note(problem: UnreadableImage) -> None:
            for name in names[problem.source]:
                self.note(problem, name)

        predictions = self.inferencer(list(names), on_unreadable=note)
        results = behind(results_of, predictions, WRITERS if self.inferencer.workers else 0)
        for done in progress(results, len(names)):
            for name, (row, result) in done:
                self.note_done(name, row)
                yield name, result

    def note_done(self, name: str, row: Any) -> None:
        """Notes that the results of an image are there."""
        self.journal.add(name, row, stamp_of(self.images[name]))

    def note(self, problem: UnreadableImage, name: str) -> None:
        """Counts and names an image that cannot be read."""
        self.unreadable.append(str(problem))
        print(f'warning: {problem}', file=sys.stderr)
        self.journal.add(name, None)

    def all_rows(self) -> dict[str, Any] | None:
        """The rows of all images that can be read, in their order, of all shares; None as long as one is missing."""
        self.noted |= self.journal.noted()
        missing = sum(name not in self.noted for name in self.images)
        if missing:
            print(f'share {self.shard} is done; {missing} of {len(self.images)} images are left to the others, and the '
                  'process that ends last writes what is about all')
            return None
        self.noted = {name: self.noted[name] for name in self.images}
        return {name: row for name, (row, _) in self.noted.items() if row is not None}

    def finish(self) -> None:
        """Says what the engine took. Ends the program with ``UNREADABLE_STATUS`` if an image could not be read."""
        self.journal.close()
        print(*self.inferencer.engine.notes, sep='\n', end='\n' * bool(self.inferencer.engine.notes))
        if self.unreadable:
            print(f'{len(self.unreadable)} of {len(self.own)} images could not be read', file=sys.stderr)
            sys.exit(UNREADABLE_STATUS)


def settings_of(args: Namespace, inferencer: EntMinInferencer, options: Sequence[str]) -> dict[str, Any]:
    """What the results depend on, by the name that an error uses."""
    weights = hashlib.sha256()  # of all that predicts, before batch norms are folded
    for name, weight in inferencer.model.state_dict().items():
        weights.update(name.encode() + weight.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    config = re.sub(' at 0x[0-9a-f]+', '', str([inferencer.cfg.model, inferencer.cfg.test_dataloader.dataset.pipeline]))
    return dict(command=args.command, config=hashlib.sha256(config.encode()).hexdigest()[:16],
                checkpoint=weights.hexdigest()[:16], **given(args, (*options, 'engine', 'fast')))


def given(args: Namespace, options: Iterable[str]) -> dict[str, Any]:
    """The values of options, by the name that the user gives them."""
    return {'--' + name.replace('_', '-'): getattr(args, name) for name in options}


def stamp_of(image: Path) -> list[int] | None:
    """What tells an image from another of its name, wherever it lies: the size of its file, and the sum of its end."""
    try:
        with open(image, 'rb') as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4096))
            return [size, zlib.crc32(file.read())]
    except OSError:
        return None


def progress(items: Iterable[Item], total: int) -> Iterator[Item]:
    """The items, at most `total`, with a bar on stderr if that is a terminal, else a line for each tenth."""
    if sys.stderr.isatty():
        yield from track(items, 'images', total=total, console=Console(stderr=True))
        return
    for count, item in enumerate(items, start=1):
        yield item
        if count * 10 // total > (count - 1) * 10 // total:
            print(f'{count} of {total} images', file=sys.stderr)
