# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tiles cover each pixel once, begin where they have to, and keep their margins."""
import numpy as np
import pytest

from mmseg_entmin.apis.tile_grid import Layout, layouts, tiles


@pytest.mark.parametrize('layout', [Layout(128, 16), Layout(160, 0), Layout(100, 20, 1, True), Layout(96, 16, 32)])
@pytest.mark.parametrize('size', [(1, 1), (100, 128), (129, 500), (333, 161)])
def test_each_pixel_is_kept_once(size, layout):
    counts = np.zeros(size, int)
    for tile in tiles(size, (layout, layout)):
        part = np.zeros([span.stop - span.start for span in tile], int)
        part[tile.kept] = 1
        counts[tuple(slice(span.start, span.stop) for span in tile)] += part
        for span, length in zip(tile, size):
            assert span.stop - span.start <= layout.side and (layout.full or span.start % layout.step == 0)
            assert span.first == 0 or span.first - span.start >= layout.margin
            assert span.last == length or span.stop - span.last >= layout.margin
            assert not layout.full or span.stop - span.start == min(layout.side, length)
    assert (counts == 1).all()


@pytest.mark.parametrize('crop, stride', [(32, 20), (30, 30), (32, 24), (64, 32)])
@pytest.mark.parametrize('length', [200, 256, 301])
def test_a_kept_pixel_has_all_the_sliding_windows_of_the_image(length, crop, stride):
    def windows(begin, end):  # as mmseg lays them
        count = max(end - begin - crop + stride - 1, 0) // stride + 1
        return [max(min(begin + index * stride + crop, end) - crop, begin) for index in range(count)]

    layout, _ = layouts(128, None, dict(mode='slide', crop_size=(crop, crop), stride=(stride, stride)), False)
    whole = windows(0, length)
    for span in layout.spans(length):
        mine = windows(span.start, span.stop)
        for pixel in range(span.first, span.last):
            assert [start for start in mine if start <= pixel < start + crop] == [
                start for start in whole if start <= pixel < start + crop], (span, pixel)


def test_tiles_that_are_too_small():
    with pytest.raises(ValueError, match='--tile 64 --overlap 64: nothing is left .* give a --tile of 128 pixels or m'):
        layouts(64, 64, {}, False)
    with pytest.raises(ValueError, match='--tile 30: too small for sliding windows of 32 pixels every 16; give 64'):
        layouts(30, None, dict(mode='slide', crop_size=(32, 32), stride=(16, 16)), False)
    assert layouts(64, 60, {}, True)[0] == Layout(64, 30, 1, True)
