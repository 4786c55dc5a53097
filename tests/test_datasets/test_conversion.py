# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labels are read as the file stores them."""
import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.datasets.conversion import read_labels
from tests.raw_masks import write_gray_png, write_tiff


def labels_of(bits):
    return np.random.default_rng(0).integers(0, min(2**bits, 300), (5, 7))


@pytest.mark.parametrize('photometric', [0, 1])
@pytest.mark.parametrize('bits', [1, 2, 4, 8, 16])
def test_tiff_whether_white_is_zero_or_black(tmp_path, bits, photometric):
    path = write_tiff(tmp_path / 'mask.tif', labels_of(bits), bits, photometric)
    with Image.open(path) as image:  # what others see, so that the test can fail
        shown = np.array(image)
    assert (read_labels(path) == labels_of(bits)).all()
    assert (shown == labels_of(bits)).all() == (bits == 16 or (photometric == 1 and bits in (1, 8)))


@pytest.mark.parametrize('bits', [1, 2, 4, 8])
def test_gray_png(tmp_path, bits):
    assert (read_labels(write_gray_png(tmp_path / 'mask.png', labels_of(bits), bits)) == labels_of(bits)).all()


@pytest.mark.parametrize('top', [2, 3, 15, 200, 255])
def test_pgm_of_any_maximum(tmp_path, top):
    labels = np.arange(2 * (top + 1)).reshape(2, -1) // 2
    (tmp_path / 'mask.pgm').write_bytes(b'P5 %d 2 %d\n' % (top + 1, top) + labels.astype(np.uint8).tobytes())
    assert (read_labels(tmp_path / 'mask.pgm') == labels).all()


def test_a_palette_gives_its_indices(tmp_path):
    image = Image.fromarray(labels_of(4).astype(np.uint8))
    image.putpalette(range(0, 96, 2))
    image.save(tmp_path / 'mask.png', bits=4)
    assert (read_labels(tmp_path / 'mask.png') == labels_of(4)).all()
