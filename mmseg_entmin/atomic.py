# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Files that are there as a whole or not at all, whatever kills the process or fills the disk."""
import os
import secrets
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


@register_backend('atomic')
class AtomicBackend(LocalBackend):
    """MMEngine's local files, written by :func:`write_atomic`: ``backend_args=dict(backend='atomic')``."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        write_atomic(obj, filepath)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        write_atomic(obj.encode(encoding), filepath)
