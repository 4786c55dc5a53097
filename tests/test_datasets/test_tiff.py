# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Headers of TIFFs, without a library that opens them."""
import numpy as np
import pytest

from mmseg_entmin.datasets.tiff import tiff_header
from tests.test_datasets.test_transforms.test_load_tiff import write


@pytest.mark.parametrize('options', [{}, dict(BIGTIFF='YES'), dict(ENDIANNESS='BIG', interleave='band')])
@pytest.mark.parametrize('bands, dtype, plain, text', [
    (1, 'uint16', True, 'a TIFF of 1 band of 16 bits'), (3, 'uint8', True, 'a TIFF of 3 bands of 8 bits'),
    (4, 'uint8', False, 'a TIFF of 4 bands of 8 bits'), (13, 'float32', False, 'a TIFF of 13 bands of float32')])
def test_header(tmp_path, bands, dtype, plain, text, options):
    path = write(tmp_path / 'a.tif', np.zeros((bands, 4, 6), dtype), **options)
    header = tiff_header(path)
    assert (header.size, header.bands, header.plain, str(header)) == ((6, 4), bands, plain, text)
    assert tiff_header(path.read_bytes()) == header and tiff_header(path.read_bytes()[:20]) is None


def test_other_files(tmp_path):
    assert tiff_header(b'') is None and tiff_header(b'\x89PNG') is None and tiff_header(tmp_path / 'gone.tif') is None
