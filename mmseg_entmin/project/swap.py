# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A folder that is replaced by another one in one step, so that a process that is killed leaves one of the two."""
import ctypes
import os
import secrets
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from mmseg_entmin.atomic import PARTIAL

HERE, EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
OLD = '.old'


def staged(folder: Path, leave_out: Collection[Path] = ()) -> Path:
    """A new folder beside this one with the same files, as links to the same data where the disk has these; without
    the files `leave_out`, relative to it. What is written into it does not change the other one."""
    real = Path(os.path.realpath(folder))
    copy = real.with_name(f'.{real.name}.{secrets.token_hex(4)}{PARTIAL}')
    copy.mkdir()
    for place, _, files in os.walk(real):
        below = Path(place).relative_to(real)
        (copy / below).mkdir(exist_ok=True)
        for name in files:
            if below / name not in leave_out and not name.endswith(PARTIAL):
                link(real / below / name, copy / below / name)
    return copy


def link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def swap(new: Path, folder: Path) -> None:
    """Puts a staged folder in the place of the other one, which is removed."""
    real = Path(os.path.realpath(folder))
    if not exchange(new, real):
        old = real.with_name(f'.{real.name}{OLD}')
        os.rename(real, old)
        os.rename(new, real)
        new = old
    shutil.rmtree(new)


def exchange(one: Path, other: Path) -> bool:
    """Exchanges two folders at once; False if the system or the disk cannot."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return rename(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE) == 0


def recover(folder: Path) -> None:
    """Ends what a killed process left: a folder that was moved away, and staged folders."""
    real = Path(os.path.realpath(folder))
    old = real.with_name(f'.{real.name}{OLD}')
    if old.is_dir():
        if not real.exists():
            os.rename(old, real)
        else:
            shutil.rmtree(old)
    for partial in real.parent.glob(f'.{real.name}.*{PARTIAL}'):
        if partial.is_dir():
            with suppress(OSError):
                shutil.rmtree(partial)
