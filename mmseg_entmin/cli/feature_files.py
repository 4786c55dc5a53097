# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Features of images on the disk, as there may be too many for the memory."""
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .journal import Journal

Place = tuple[str, int, int]  # file, length of a feature, and which of the file it is


class FeatureFile:
    """The features of a process, float32, one after the other in a file beside its journal."""

    def __init__(self, journal: Journal) -> None:
        self.path = journal.path.with_suffix('.features')
        self.lock = threading.Lock()  # images are worked on in threads

    def add(self, feature: np.ndarray) -> Place:
        """Appends a feature (D, ); returns its place."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        size, (length, ) = 4, feature.shape
        with self.lock, open(self.path, 'ab') as file:
            number = file.tell() // (size * length)
            file.truncate(number * size * length)  # a killed process may have left a part of one
            file.write(feature.astype(np.float32).tobytes())
        return self.path.name, length, number


def gather(folder: Path, places: Iterable[Place], count: int) -> np.ndarray:
    """The features at places, (count, D), mapped from a file without a name, which the system removes at the end."""
    maps: dict[str, np.ndarray] = {}
    found = None
    for row, (name, length, number) in enumerate(places):
        if name not in maps:
            maps[name] = np.memmap(folder / name, np.float32, 'r').reshape(-1, length)
        if found is None:
            with tempfile.TemporaryFile(dir=folder) as file:
                found = np.memmap(file, np.float32, 'w+', shape=(count, length))
        found[row] = maps[name][number]
    return found
