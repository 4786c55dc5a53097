# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the processes of a run have done, image by image, on the disk: a run that is killed goes on from there, and the
process that ends last makes the tables of all."""
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .shards import Shard

FOLDER = '.progress'


class Journal:
    """Rows of images in ``OUT/.progress``, a file a process: its settings in the first line, then names with rows.

    Args:
        out: folder of the results.
        shard: of this process; names its file.
        settings: what the results depend on, by the name that an error uses, like ``{'--threshold': 0.9}``.
    """

    def __init__(self, out: Path, shard: Shard, settings: dict[str, Any]) -> None:
        self.out, self.folder, self.settings = out, out / FOLDER, settings
        self.path = self.folder / f'{shard.number}-of-{shard.count}.jsonl'
        self.file = None

    def start(self) -> None:
        """Removes what an earlier run left; files of processes beside this one stay."""
        layout = self.path.stem.partition('-')[2]
        for path in self.folder.glob('*-of-*'):
            if path.stem == self.path.stem or path.stem.partition('-')[2] != layout:
                path.unlink(missing_ok=True)

    def check(self) -> None:
        """Raises ValueError if what is there was made with other settings."""
        for path in self.files():
            settings = next(lines(path), None)
            for name in self.settings if isinstance(settings, dict) else ():
                if settings.get(name) != self.settings[name]:
                    raise ValueError(f"--resume: the results in '{self.out}' were made with another {name}; give the "
                                     'same one, or --force to begin anew')

    def add(self, name: str, row: Any) -> None:
        """Notes that an image is done, with what its tables need; None: it could not be read."""
        if self.file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.file = open(self.path, 'a+b')
            self.file.seek(0)
            begun = self.file.read(1)
            # what a killed process left of its last line is a line of its own
            self.write('' if begun else json.dumps(self.settings))
        self.write(json.dumps([name, row]))

    def write(self, line: str) -> None:
        self.file.write(f'{line}\n'.encode())
        self.file.flush()

    def rows(self) -> dict[str, Any]:
        """The rows of all processes by the name of the image. Empty once another process has made the tables."""
        found: dict[str, Any] = {}
        for path in self.files():
            for line in lines(path):
                if isinstance(line, list) and (line[1] is not None or line[0] not in found):
                    found[line[0]] = line[1]
        return found

    def files(self) -> list[Path]:
        return sorted(self.folder.glob('*.jsonl'))

    def finish(self) -> None:
        """Removes the files, after the tables were written."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


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
