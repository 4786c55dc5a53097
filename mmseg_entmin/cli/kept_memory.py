# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Memory that a command keeps for the next image."""
import ctypes
from contextlib import suppress

TRIM, MMAP = -1, -3  # of glibc's mallopt
KEPT, LARGEST = 512 << 20, 32 << 20  # bytes of free memory, and of a block


def keep_memory() -> None:
    """Lets glibc keep free memory. It would hand back the maps of each image, and the system would clear the same pages
    for the next one. Other C libraries are left as they are."""
    with suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(MMAP, LARGEST)
        library.mallopt(TRIM, KEPT)
