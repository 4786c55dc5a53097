# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Files that are written as a whole or not at all, whatever kills the process, and that overwrite nothing unasked."""
import csv
import io
import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

PARTIAL = '.partial'
PNG_END = b'\0\0\0\0IEND\xaeB`\x82'  # the last chunk


def write_atomic(data: bytes, path: str | Path) -> None:
    """Writes ``.<name>.<random>.partial`` beside the file, flushes it to the disk, and renames it. Of two processes
    that write the same file, the one that ends last wins. After an OSError the file is as before."""
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
        with suppress(OSError):  # the disk may be read-only by now
            partial.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from error
    with suppress(OSError):  # some file systems cannot flush a folder, which holds the new name
        descriptor = os.open(path.parent, os.O_RDONLY)
        with suppress(OSError):
            os.fsync(descriptor)
        os.close(descriptor)


def remove_partial_files(folder: str | Path) -> None:
    """Removes what processes that were killed while writing left behind."""
    for partial in Path(folder).glob(f'.*{PARTIAL}'):
        partial.unlink(missing_ok=True)


def remove_partial_files_of(paths: Iterable[Path]) -> None:
    """Removes what processes that were killed while writing one of these files left behind. Another process may write
    others beside them."""
    folders: dict[Path, dict[str, list[Path]]] = {}
    for path in paths:
        if path.parent not in folders:
            left = folders[path.parent] = {}
            for partial in path.parent.glob(f'.*{PARTIAL}'):
                left.setdefault(partial.name[1:].removesuffix(PARTIAL).rpartition('.')[0], []).append(partial)
        for partial in folders[path.parent].get(path.name, ()):
            partial.unlink(missing_ok=True)


def is_whole(path: Path) -> bool:
    """Whether a file is there, and if it is a PNG also ends as one."""
    try:
        with open(path, 'rb') as file:
            if path.suffix != '.png':
                return bool(file.read(1))
            file.seek(-len(PNG_END), os.SEEK_END)
            return file.read() == PNG_END
    except OSError:
        return False


def write_csv(rows: Iterable[Sequence], path: Path) -> None:
    """Writes a table as CSV."""
    text = io.StringIO(newline='')
    csv.writer(text).writerows(rows)
    write_atomic(text.getvalue().encode(), path)


def read_csv(path: Path) -> list[list[str]]:
    """The rows of a table."""
    with open(path, newline='', encoding='utf-8') as file:
        return [*csv.reader(file)]


def refuse_inside(results: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raises ``ValueError`` for a result that is an input or inside one: the next run would read it as an input."""
    places = {path.resolve(): path for path in inputs}
    for result in results:
        place = result.resolve()
        for holder in (place, *place.parents):
            if holder in places:
                raise ValueError(f"'{result}' would be written over or into the input '{places[holder]}'; give an "
                                 '--out outside it')


def refuse_existing(paths: Iterable[Path], force: bool, more: str = '') -> None:
    """Raises ``FileExistsError`` if one of these files exists already, unless forced; `more` is added to the advice."""
    first, existing, total = None, 0, 0
    for path in () if force else paths:
        total += 1
        if os.path.exists(path):
            first, existing = first or path, existing + 1
    if existing:
        raise FileExistsError(f"'{first}' exists ({existing} of {total} results do); give another --out, or --force to "
                              f'overwrite{more}')


@register_backend('atomic')
class AtomicBackend(LocalBackend):
    """MMEngine's local files, written by `write_atomic`: ``backend_args=dict(backend='atomic')``."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        write_atomic(obj, filepath)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        write_atomic(obj.encode(encoding), filepath)
