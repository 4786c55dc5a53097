# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Files that are there as a whole or not at all, whatever kills the process, and that replace nothing unasked."""
import csv
import io
import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

PARTIAL = '.partial'


def write_atomic(data: bytes, path: str | Path) -> None:
    """Writes ``.<name>.<random>.partial`` beside the file, brings it to the disk, and renames it.

    Two processes that write one file do not write into each other's: that of the one that ends last stays.

    Raises:
        OSError: it could not be written; then the file is what it was before, and no partial one is left.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'.{path.name}.{secrets.token_hex(4)}{PARTIAL}')
    try:
        with open(partial, 'wb') as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):  # of a disk that is read-only by now
            partial.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from error
    _sync_folder(path.parent)


def remove_partial_files(folder: str | Path) -> None:
    """Removes what a process that was killed while it wrote has left behind."""
    for partial in Path(folder).glob(f'.*{PARTIAL}'):
        partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Brings the new name to the disk; not every file system knows that of a folder."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def write_csv(rows: Iterable[Sequence], path: Path) -> None:
    """Writes a table, as a whole or not at all."""
    text = io.StringIO(newline='')
    csv.writer(text).writerows(rows)
    write_atomic(text.getvalue().encode(), path)


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


@register_backend('atomic')
class AtomicBackend(LocalBackend):
    """MMEngine's local files, written by :func:`write_atomic`: ``backend_args=dict(backend='atomic')``."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        write_atomic(obj, filepath)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        write_atomic(obj.encode(encoding), filepath)
