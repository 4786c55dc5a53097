# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reads a pickled list without running code in it."""
import io
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_entmin.errors import one_line

_scalar = np.int64(0).__reduce__()[0]  # under another name in each numpy


def _array(*_: Any) -> np.ndarray:
    """Start of numpy's pickles: an empty array that the following state fills."""
    return np.ndarray((0, ), 'b')


def _frombuffer(content: bytes, dtype: np.dtype, shape: tuple, order: str, *_: Any) -> np.ndarray:
    return np.frombuffer(bytes(content), dtype).reshape(shape, order='F' if order == 'F' else 'C')


def _dtype(code: str, *_: Any) -> np.dtype:
    if not re.fullmatch(r'[<>|=]?[biuSUO]\d*', code):
        raise pickle.UnpicklingError(f'it holds numbers of the type {code!r}')
    return np.dtype(code)


def _latin1(text: str, encoding: str) -> bytes:
    if encoding not in ('latin1', 'latin-1'):
        raise pickle.UnpicklingError(f'it asks for the encoding {encoding!r}')
    return text.encode('latin1')


# All that a pickle of texts, numbers and numpy arrays of them may call, by the names that old and new numpy write.
ALLOWED = {
    ('numpy', 'ndarray'): 'the class, which _array does not need', ('numpy', 'dtype'): _dtype,
    ('_codecs', 'encode'): _latin1,
    **{(f'numpy.{core}.{module}', function): value for core in ('core', '_core')
       for module, function, value in (('multiarray', '_reconstruct', _array), ('multiarray', 'scalar', _scalar),
                                       ('numeric', '_frombuffer', _frombuffer))}
}
MAX_BYTES = 64 * 2**20


class ListUnpickler(pickle.Unpickler):
    """Knows texts, numbers, lists and numpy arrays, and refuses every other global."""

    def find_class(self, module: str, name: str) -> Callable:
        """The callable of an allowed global; others raise UnpicklingError."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f'it calls {module}.{name}')
        return ALLOWED[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError('it refers to objects outside the file')


def read_pickled_list(path: str | Path) -> list:
    """The texts or integers of a pickled list, tuple or 1-d array. Raises ValueError for any other content."""
    content = Path(path).read_bytes()
    if len(content) > MAX_BYTES:
        raise ValueError(f'{path}: {len(content)} bytes are too many for a list of images; give the list of a split')
    try:
        found = ListUnpickler(io.BytesIO(content), encoding='latin1').load()
    except Exception as error:  # a broken pickle raises anything
        raise ValueError(f'{path}: no pickled list of names or indices: {one_line(error)}; nothing in it was run, give '
                         'the published list') from error
    if isinstance(found, np.ndarray) and found.ndim == 1 and found.dtype.kind in 'OiuUS':
        found = found.tolist()
    if not isinstance(found, (list, tuple)):
        raise ValueError(f'{path}: holds a {type(found).__name__}, not a list of names or indices')
    values = [value.item() if isinstance(value, np.generic) else value for value in found]
    values = [value.decode() if isinstance(value, bytes) else value for value in values]
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise ValueError(f'{path}: holds a {type(value).__name__} among its entries, not names or indices')
    return values
