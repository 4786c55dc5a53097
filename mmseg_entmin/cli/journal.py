# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the processes of a run have done, image by image, on the disk: a run that is killed goes on from there, and the
process that ends last makes the tables of all."""
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmseg_entmin.atomic import write_atomic

from .shards import Shard

FOLDER, DONE = '.progress', 'done'


class Journal:
    """Rows of images in ``OUT/.progress``, a file a process: its settings in the first line, then names with rows and
    stamps. When all is done, one file holds the rows of all, by which a later run tells how the results were made.

    Args:
        out: folder of the results.
        shard: of this process; names its file.
        settings: what the results of an image depend on, by the name that an error uses, like ``{'--threshold': 0.9}``.
        ends: the same for what only the tables depend on.
    """

    def __init__(self, out: Path, shard: Shard, settings: dict[str, Any], ends: dict[str, Any]) -> None:
        self.out, self.folder = out, out / FOLDER
        self.settings, self.ends = (json.loads(json.dumps(each, default=str)) for each in (settings, ends))
        self.path, self.done = self.folder / f'{shard.number}-of-{shard.count}.jsonl', self.folder / DONE
        self.file = None

    def start(self, force: bool) -> None:
        """Removes what an earlier run left; files of processes beside this one stay. Unless forced, ValueError if these
        have other settings."""
        layout = self.path.stem.partition('-')[2]
        self.done.unlink(missing_ok=True)
        for path in self.folder.glob('*-of-*'):
            if path.stem == self.path.stem or path.stem.partition('-')[2] != layout:
                path.unlink(missing_ok=True)
        if not force:
            self.check('--shard')
        self.open()

    def check(self, option: str = '--resume') -> None:
        """Raises ValueError, which names the option, if what is there was made with other settings."""
        for path in self.files():
            settings, wanted = settings_in(path), {**self.settings, **(self.ends if path == self.done else {})}
            for name in wanted if settings else ():
                if settings.get(name) != wanted[name]:
                    raise ValueError(f"{option}: the results in '{self.out}' were made with another {name}; give the "
                                     'same one, another --out, or --force to begin anew')

    def add(self, name: str, row: Any, stamp: Any = None) -> None:
        """Notes that an image is done, with what its tables need; None: it could not be read. The stamp tells it from
        another image of its name."""
        if self.file is None:
            self.open()
        self.write(json.dumps([name, row, stamp]))

    def open(self) -> None:
        """Opens this process's file, whose first line a killed process may not have ended."""
        self.folder.mkdir(parents=True, exist_ok=True)
        begun = settings_in(self.path)
        self.file = open(self.path, 'ab' if begun else 'wb', buffering=0)
        # what a killed process left of its last line is a line of its own
        self.write('' if begun else json.dumps(self.settings))

    def write(self, line: str) -> None:
        try:
            self.file.write(f'{line}\n'.encode())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def noted(self) -> dict[str, list]:
        """Row and stamp of the images of all processes with these settings, by name."""
        found: dict[str, list] = {}
        for path in self.files():
            if not self.settings.items() <= settings_in(path).items():
                continue
            for line in lines(path):
                if isinstance(line, list) and (line[1] is not None or line[0] not in found):
                    found[line[0]] = line[1:]
        return found

    def files(self) -> list[Path]:
        """Those of processes, and that of a run that ended."""
        return [*sorted(self.folder.glob('*.jsonl')), *([self.done] if self.done.exists() else [])]

    def finish(self, noted: dict[str, list]) -> None:
        """Leaves one file, after the tables were written, which holds what is ``noted``. Another process may do the
        same at the same time."""
        self.close()
        text = [{**self.settings, **self.ends}, *([name, *row] for name, row in sorted(noted.items()))]
        write_atomic(''.join(f'{json.dumps(line)}\n' for line in text).encode(), self.done)
        for path in sorted(self.folder.glob('*-of-*'), key=lambda path: path.suffix != '.jsonl'):
            path.unlink(missing_ok=True)  # rows before what they point to

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


def settings_in(path: Path) -> dict[str, Any]:
    """The first line of a file; empty if it is broken."""
    first = next(lines(path), None)
    return first if isinstance(first, dict) else {}


def lines(path: Path) -> Iterator[Any]:
    """What the lines of a file say, without broken ones. Another process may remove the file."""
    try:
        with open(path, 'rb') as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue
    except FileNotFoundError:
        return
