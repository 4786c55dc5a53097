# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Label Studio's bytes of brush strokes."""
import numpy as np
import pytest

from mmseg_entmin.project.annotations.brush_rle import decode, encode

# mask2rle of label-studio-sdk 2.1.2, of [[0, 255, 255], [255, 0, 0]] * uint8
OF_THE_SDK = [0, 0, 0, 24, 57, 27, 252, 96, 22, 255, 231, 0, 0]


def test_bytes_are_those_of_the_tool():
    shown = np.array([[0, 1, 1], [1, 0, 0]], bool)
    assert (decode(OF_THE_SDK, 2, 3) == shown).all()
    assert encode(shown) == OF_THE_SDK[:-1]  # the tool fills up with 1 to 8 bits, so that its last byte may hold none


@pytest.mark.parametrize('share', [0, 0.02, 0.5, 1])
def test_any_mask_comes_back(share):
    shown = np.random.random((150, 130)) < share  # a run of 4 x 19,500 values needs two blocks
    assert (decode(encode(shown), 150, 130) == shown).all()


def test_single_values_and_any_alpha_are_read():
    """A block of seven values and one of a repeated one, from bits written by hand."""
    bits = f'{8:032b}{7:05b}' + ''.join(f'{size - 1:04b}' for size in (3, 4, 8, 16))
    bits += f'000{6:03b}' + ''.join(f'{value:08b}' for value in (9, 9, 9, 0, 9, 9, 9)) + f'100000{1:08b}'
    data = np.packbits(np.array([*map(int, bits)], np.uint8)).tolist()
    assert decode(data, 1, 2).tolist() == [[False, True]]


@pytest.mark.parametrize('data, message', [
    ([1, 2], '2 bytes are no brush stroke'), (OF_THE_SDK[:9], 'end within a stroke'), ([300] * 20, 'no list of bytes'),
    ([0, 0, 0, 8, *OF_THE_SDK[4:]], '8 values of 8 bits, not 24')])
def test_what_is_no_stroke_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        decode(data, 2, 3)
