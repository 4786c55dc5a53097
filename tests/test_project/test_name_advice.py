# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options that pair masks with images, from the names of the files."""
from mmseg_entmin.project.name_advice import advise


def test_a_numbered_mask_an_object_is_a_pattern_a_class():
    masks = ['7_square_0.png', '8_circle_0.png', '8_circle_3.png', '8_square_1.png', '8_square_2.png']
    expected = ["--mask-name='{}_square_*.png'", "--mask-name='{}_circle_*.png'"]
    assert advise(['7.jpeg', '8.jpeg', '9.jpeg'], masks, ['background', 'square', 'circle']) == expected


def test_a_mask_a_class_is_a_suffix_each():
    masks = [f'{number}_{name}.png' for number in (7, 8) for name in ('circle', 'square')]
    assert advise(['7.jpeg', '8.jpeg'], masks, ['background', 'square', 'circle']) == [
        '--mask-suffix=_square.png', '--mask-suffix=_circle.png']
