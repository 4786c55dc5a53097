# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options that pair masks with images, from the names of the files."""
from mmseg_entmin.project.name_advice import advise, advise_one_folder, misnamed


def test_a_numbered_mask_an_object_is_a_pattern_a_class():
    masks = ['7_square_0.png', '8_circle_0.png', '8_circle_3.png', '8_square_1.png', '8_square_2.png']
    expected = ["--mask-name='{}_square_*.png'", "--mask-name='{}_circle_*.png'"]
    assert advise(['7.jpeg', '8.jpeg', '9.jpeg'], masks, ['background', 'square', 'circle']) == expected


def test_a_mask_a_class_is_a_suffix_each():
    masks = [f'{number}_{name}.png' for number in (7, 8) for name in ('circle', 'square')]
    assert advise(['7.jpeg', '8.jpeg'], masks, ['background', 'square', 'circle']) == [
        '--mask-suffix=_square.png', '--mask-suffix=_circle.png']


def test_a_few_names_that_end_in_a_number_do_not_hide_a_mask_an_object():
    files = [f'n{number}/images/n{number}.png' for number in range(4)]
    files += [f'n{number}/masks/{9 * number + place}c.png' for number in range(4) for place in range(9)]
    expected = ["--image-name='{}/images/{}.png'", "--mask-name='{}/masks/*.png'"]
    assert advise_one_folder([*files, 'n1/masks/9c-2.png']) == expected


def test_masks_that_are_not_named_as_the_others_are_found():
    images, masks = ([f'{number}{end}' for number in range(20, 30)] for end in ('_training.tif', '_manual1.gif'))
    masks[4], masks[7] = '24manual1.gif', '27_manual1).gif'
    assert advise(images, masks) == [] and misnamed(images, masks) == ['24manual1.gif', '27_manual1).gif']
    assert misnamed(images, [f'{name}.gif' for name in 'abcdef']) == []


def test_masks_of_objects_and_pictures_of_masks_are_left_aside():
    images = [f'im{number}.jpg' for number in range(4)]
    kinds = ('SegmentationClass', 'SegmentationObject')
    masks = [f'{kind}/im{number}.png' for number in range(3) for kind in kinds]
    assert advise(images, masks, ['bg', 'a', 'b']) == ["--mask-name='SegmentationClass/{}.png'"]
    masks = [f'im{number}_gtFine_{end}.png' for number in range(3) for end in ('color', 'instanceIds', 'labelIds')]
    assert advise(images, masks, ['bg', 'a']) == ['--mask-suffix=_gtFine_labelIds.png']


def test_an_order_that_names_do_not_tell_is_said():
    masks = [f'{folder}/im{number}.png' for number in range(3) for folder in ('zz', 'aa')]
    *_, last = advise(['im0.png', 'im1.png', 'im2.png', 'im3.png'], masks, ['bg', 'tumor', 'stroma'])
    assert last.startswith("--mask-name='zz/{}.png' if this is the order of tumor, stroma, or --annotators aa zz if")
