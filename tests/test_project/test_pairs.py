# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which images and masks belong together."""
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.name_patterns import NamePattern
from mmseg_entmin.project.pairs import check_pairs, find_files, fitting, leave_out_masks, named_as_images, one_suffix


def put(path, size=(6, 4), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((size[1], size[0]), np.uint8)).save(path, **options)
    return path


def test_names_are_paths_below_the_folder_without_the_suffix(tmp_path):
    for name in ('a.png', 'b/a.png', 'b/a_mask.png', 'masks/c.png', '.hidden/d.png'):
        put(tmp_path / name)
    assert set(find_files(tmp_path)) == {'a', 'b/a', 'b/a_mask', 'masks/c'}
    assert set(find_files(tmp_path, '_mask.png')) == {'b/a'}
    assert set(find_files(tmp_path, leave_out=tmp_path / 'masks')) == {'a', 'b/a', 'b/a_mask'}
    for skip, left in ((['_mask.png'], {'a', 'b/a', 'masks/c'}), (['masks/*', 'b/*'], {'a'}), (['a*'], {'masks/c'})):
        assert set(find_files(tmp_path, skip=skip)) == left
    with pytest.raises(FileNotFoundError, match='no image beside those to leave out'):
        find_files(tmp_path, skip=['.png'])


def test_one_folder_may_hold_images_and_masks(tmp_path):
    for name in ('a.bmp', 'a.png', 'b.bmp'):
        put(tmp_path / name)
    assert {name: path.name for name, path in find_files(tmp_path, '.bmp').items()} == {'a': 'a.bmp', 'b': 'b.bmp'}
    with pytest.raises(ValueError, match='both named a'):
        find_files(tmp_path)


def test_a_mask_is_no_image(tmp_path):
    for name in ('a.png', 'a_mask.png', 'b.png'):
        put(tmp_path / name)
    masks = find_files(tmp_path / '../' / tmp_path.name, '_mask.png')
    images = find_files(tmp_path, '.png')
    found = [set(leave_out_masks(images, masks.values(), [])), set(leave_out_masks(images, [], ['_mask.png']))]
    assert found == [{'a', 'b'}] * 2
    assert set(leave_out_masks(images, [], ['.png'])) == set(images)
    with pytest.raises(ValueError, match="every image is a mask as well, like .*a.png'.*--mask-suffix"):
        leave_out_masks(find_files(tmp_path, '.png'), find_files(tmp_path, '.png').values(), [])


def test_what_to_leave_out_may_be_spelled_another_way(tmp_path, monkeypatch):
    for name in ('data/a.png', 'data/masks/b.png'):
        put(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert set(find_files(Path('data'), leave_out=tmp_path / 'data/masks')) == {'a'}
    (tmp_path / 'data/a.png').unlink()
    with pytest.raises(FileNotFoundError, match="'data' has no image outside"):
        find_files(Path('data'), leave_out=Path('data/masks'))


def test_refuses_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="gone' is not a folder"):
        find_files(tmp_path / 'gone')
    put(tmp_path / 'a.png')
    with pytest.raises(FileNotFoundError, match=r'no image \(_mask.png\)'):
        find_files(tmp_path, '_mask.png')
    with pytest.raises(ValueError, match="'png' as the ending of files: write it with its dot"):
        find_files(tmp_path, 'png')


def test_a_data_set_has_one_suffix(tmp_path):
    images = dict(a=tmp_path / 'a.png', b=tmp_path / 'b.JPG')
    with pytest.raises(ValueError, match=r'\.JPG, \.png'):
        one_suffix(images)
    assert one_suffix(dict(a=images['a'])) == '.png'


def test_pairs_are_of_one_name_and_one_size(tmp_path):
    images = {name: put(tmp_path / f'{name}.png') for name in 'ab'}
    check_pairs(images, [('a', put(tmp_path / 'm/a.png'))])
    for masks, message in (
            ({'a_mask': tmp_path / 'a_mask.png'}, r"a_mask.png' is the mask of no image.*like a; .*'label_{}.png'"),
            (images, 'all 2 images have a mask'),
            (dict(a=put(tmp_path / 'n/a.png', (4, 6))), r"a.png' is 4 x 6 pixels, its image .*6 x 4")):
        with pytest.raises(ValueError, match=message):
            check_pairs(images, masks.items())


@pytest.mark.parametrize('orientation, mask, message', [
    (6, (4, 6), None), (6, (6, 4), 'a.jpg: EXIF orientation 6 turns .* not its mask; save it upright'),
    (3, (6, 4), 'EXIF orientation 3 .*whether its mask was drawn upright cannot be seen')])
def test_the_mask_of_a_turned_photo_has_to_be_upright(tmp_path, orientation, mask, message):
    exif = Image.Exif()
    exif[0x0112] = orientation
    images = dict(a=put(tmp_path / 'a.jpg', exif=exif), b=tmp_path / 'b.jpg')
    masks = dict(a=put(tmp_path / 'm/a.png', mask))
    with pytest.raises(ValueError, match=message) if message else nullcontext():
        check_pairs(images, masks.items())


def test_names_that_differ_in_their_unicode_form_are_the_same():
    decomposed, composed = 'e\u0301', '\u00e9'
    images, mask = {decomposed: decomposed}, Path('m.png')
    assert named_as_images({composed: mask, 'other': mask}, images) == {decomposed: mask, 'other': mask}


@pytest.mark.parametrize('name', ['a .png', ' a.png'])
def test_a_name_that_a_list_cannot_hold_is_refused(tmp_path, name):
    put(tmp_path / name)
    with pytest.raises(ValueError, match=f"{name}': its name, .* begins or ends with a blank"):
        find_files(tmp_path)


def test_advice_stands_in_the_error(tmp_path):
    with pytest.raises(ValueError, match='like a; give --mask-suffix=_m.png --mask-suffix=_n.png$'):
        check_pairs(dict(a=tmp_path / 'a.png'), [('a_m', tmp_path / 'a_m.png')],
                    advice=lambda: 'give --mask-suffix=_m.png --mask-suffix=_n.png')


def test_images_by_the_names_that_they_share_with_masks(tmp_path):
    images = {name: tmp_path / f'{name}.png' for name in ('img_1', 'img_2', 'other')}
    assert fitting(images, tmp_path, NamePattern('img_{}.png')) == {'1': 'img_1', '2': 'img_2'}
    assert fitting(images, tmp_path, None) == {name: name for name in images}
    with pytest.raises(ValueError, match="img_1.png' and .*img_2.png' are both named img"):
        fitting(images, tmp_path, NamePattern('{}_*.png'))
    with pytest.raises(FileNotFoundError, match='no image that is named label_{}'):
        fitting(images, tmp_path, NamePattern('label_{}'))
