# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Palettes whose indices are no labels any more."""
import io

import numpy as np
import pytest
from PIL import Image

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
        survey([path])
    listed = [f"'#{bytes(map(int, colors[index])).hex()}'" for index in (0, 7, 15, 255)]
    assert str(caught.value).endswith(' '.join(listed)), 'can be given as it is'
    assert len(survey([path], Coding(colored=True)).counts) == 4


def test_as_they_were_is_right(tmp_path):
    image = Image.fromarray(LABELS)
    image.putpalette(np.array(voc_palette(), np.uint8).tobytes())
    content = io.BytesIO()
    image.save(content, 'PNG', optimize=True)
    (tmp_path / 'a.png').write_bytes(content.getvalue())
    assert dict(survey([tmp_path / 'a.png']).counts) == {0: 18, 7: 18, 15: 18, 255: 18}


@pytest.mark.parametrize('colors', [
    {0: (0, 0, 0), 1: (255, 255, 255)}, {0: (0, ) * 3, 1: (128, ) * 3, 2: (255, ) * 3},
    {0: (255, ) * 3, 1: (128, ) * 3, 2: (0, ) * 3}, {0: (0, 0, 0), 1: (9, 8, 7), 2: (128, 0, 0)},
    {0: (0, 0, 0), 1: (1, 1, 1), 2: (2, 2, 2), 255: (255, ) * 3}])
def test_pictures_of_labels_are_no_sign(colors):
    refuse_renumbered(colors, colors)


def test_gray_in_any_order_is_one():
    assert original_indices({0: (0, ) * 3, 1: (255, ) * 3, 2: (100, ) * 3}) == {0: 0, 1: 255, 2: 100}
    refuse_renumbered({0: (0, ) * 3, 1: (255, ) * 3, 2: (100, ) * 3}, [0, 1])
