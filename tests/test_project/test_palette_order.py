# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Palettes whose indices are no labels any more."""
import io

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.code_tables import Meaning, code_table
from mmseg_entmin.project.mask_files import Coding, survey
from mmseg_entmin.project.palette_order import original_indices, refuse_renumbered, voc_palette

LABELS = np.resize(np.array([0, 7, 15, 255], np.uint8), (8, 9))


def test_the_palette_of_voc():
    palette = voc_palette()
    assert palette[1] == (128, 0, 0) and palette[20] == (0, 64, 128) and palette[255] == (224, 224, 192)
    assert len(set(palette)) == 256


def optimized(colors):
    """The mask as a lossless optimizer writes it: used colors alone, sorted by how often they occur."""
    order = [255, 15, 7, 0]
    image = Image.fromarray(np.select([LABELS == value for value in order], range(4)).astype(np.uint8))
    image.putpalette(np.array([colors[index] for index in order], np.uint8).tobytes())
    return image


@pytest.mark.parametrize('colors', [voc_palette(), [(value, ) * 3 for value in range(256)]])
@pytest.mark.parametrize('suffix', ['.png', '.gif'])
def test_renumbered_masks_are_refused(tmp_path, colors, suffix):
    path = tmp_path / f'a{suffix}'
    if suffix == '.png':
        optimized(colors).save(path)
    else:
        image = Image.fromarray(LABELS)
        image.putpalette(np.array(colors, np.uint8).tobytes())
        image.save(path)  # Pillow renumbers
    with pytest.raises(ValueError, match='a program renumbered their indices.* was 7.*--colors') as caught:
        code_table([path], Meaning(list('abcd')))
    listed = [f"'#{bytes(map(int, colors[index])).hex()}'" for index in (0, 7, 15, 255)]
    assert str(caught.value).endswith(' '.join(listed)), 'can be given as it is'
    assert len(survey([path], Coding(colored=True)).counts) == 4
    assert code_table([path], Meaning(list('abcd'), values=[3, 2, 1, 0]))[0][3] == 0, 'the user knows the indices'


def test_as_they_were_is_right(tmp_path):
    image = Image.fromarray(LABELS)
    image.putpalette(np.array(voc_palette(), np.uint8).tobytes())
    content = io.BytesIO()
    image.save(content, 'PNG', optimize=True)
    (tmp_path / 'a.png').write_bytes(content.getvalue())
    assert dict(survey([tmp_path / 'a.png']).counts) == {0: 18, 7: 18, 15: 18, 255: 18}


@pytest.mark.parametrize('colors', [
    {0: (0, 0, 0), 1: (255, 255, 255)}, {0: (0, ) * 3, 1: (128, ) * 3, 2: (255, ) * 3},
    {0: (9, 8, 7), 1: (0, 0, 0), 2: (128, 0, 0)}, {0: (255, 255, 255), 1: (255, 0, 0)},
    {0: (0, 0, 0), 1: (1, 1, 1), 2: (2, 2, 2), 255: (255, ) * 3}])
def test_pictures_of_labels_are_no_sign(colors):
    refuse_renumbered(colors)


def test_gray_in_any_order_is_one():
    assert original_indices({0: (0, ) * 3, 1: (255, ) * 3, 2: (100, ) * 3}) == {0: 0, 1: 255, 2: 100}
    with pytest.raises(ValueError, match='0 was 255'):
        refuse_renumbered({0: (255, ) * 3, 1: (128, ) * 3, 2: (0, ) * 3})


@pytest.mark.parametrize('other', [(255, 0, 0), (128, 0, 0), (255, 255, 255), (1, 1, 1)])
def test_black_after_the_only_other_color_is_asked_for(tmp_path, other):
    shown = np.resize(np.array([1, 1, 0], np.uint8), (6, 7))
    image = Image.fromarray(shown)
    image.putpalette([*other, 0, 0, 0])
    image.save(path := tmp_path / 'a.png')
    color = '#' + bytes(other).hex()
    with pytest.raises(ValueError, match=f"index 1 is black and index 0 '{color}'.* --colors '#000000' '{color}'.* "
                                         '--values 0 1$'):
        code_table([path], Meaning(['a', 'b']))
    for known, label in (dict(colors=[(0, 0, 0), other]), 1), (dict(values=[0, 1]), 0):
        assert code_table([path], Meaning(['a', 'b'], **known))[0][int(bytes(other).hex(), 16) * label] == label


@pytest.mark.parametrize('clear, colors, refused', [
    (1, [(255, 0, 0), (0, 0, 0)], True), (2, [(0, 0, 0), (9, 0, 0), (9, 0, 0)], True),
    (0, [(9, 9, 0), (9, 0, 0)], False),
    (255, [(0, 0, 0), (9, 0, 0), *[(1, 2, 3)] * 254], False), (255, [(9, 0, 0), *[(1, 2, 3)] * 255], True)])
def test_a_transparent_index_is_no_label(tmp_path, clear, colors, refused):
    used = [index for index in range(len(colors)) if index < 3 and len(colors) < 9] or [0, 1, 255]
    image = Image.fromarray(np.resize(np.array(used, np.uint8), (6, 8)))
    image.putpalette(np.array(colors, np.uint8).tobytes())
    image.save(path := tmp_path / 'a.png', transparency=clear)
    meaning = Meaning(list('abc')[:2 if 2 not in used else 3])
    if refused:
        with pytest.raises(ValueError, match=f'index {clear} is transparent and index 0 .*--values 0 1'):
            code_table([path], meaning)
    else:
        assert code_table([path], meaning)[0][1] == 1


def test_colors_that_may_mean_other_classes_are_said(tmp_path):
    def note(colors, labels):
        image = Image.fromarray(np.resize(np.array(labels, np.uint8), (6, 8)))
        image.putpalette(np.array(colors, np.uint8).tobytes())
        image.save(tmp_path / 'a.png')
        return code_table([tmp_path / 'a.png'], Meaning(list('abc')))[1]

    said = "; in the palette, a is '#000000', b '#00ff00', c '#ff0000'"
    assert note([(0, 0, 0), (0, 255, 0), (255, 0, 0)], [0, 1, 2]).endswith(said)
    assert 'palette' not in note(voc_palette(), [0, 1, 2]) + note([(0, 0, 0), (1, 1, 1), (2, 2, 2)], [0, 1, 2])
