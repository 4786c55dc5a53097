# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Facts about many files, from one look at the folder entry of each."""
import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np


class Files(NamedTuple):
    """Facts about N files, in their order."""

    sizes: np.ndarray  # (N, ), int64, bytes; -1 for a file that does not exist
    links: dict[int, str]  # the file that a link leads to, by the index of the link


def look(paths: Iterable[str]) -> Files:
    """Looks at each file once, twice at links."""
    sizes, links = [], {}
    for index, path in enumerate(paths):
        size = -1
        try:
            entry = os.lstat(path)
            if stat.S_ISLNK(entry.st_mode):
                links[index] = os.path.realpath(path)
                entry = os.stat(path)
            if stat.S_ISREG(entry.st_mode):
                size = entry.st_size
        except (OSError, ValueError):
            pass
        sizes.append(size)
    return Files(np.array(sizes, np.int64), links)
