# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Exports of annotation tools make projects as mask files do."""
import json

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.annotations.export import MaskForm
from mmseg_entmin.project.create import create
from mmseg_entmin.project.sources import Wish, find_source

SQUARE = [4, 4, 12, 4, 12, 12, 4, 12]


@pytest.fixture
def coco(tiny_dataset, tmp_path):
    """A COCO JSON that annotates six of sixteen images; the file, and its folder with the images in it."""
    names = [f'{number:03d}' for number in range(1, 7)]
    document = dict(images=[dict(id=int(name), file_name=f'{name}.png', width=32, height=32) for name in names],
                    categories=[dict(id=4, name='square')], annotations=[
                        dict(id=int(name), image_id=int(name), category_id=4, segmentation=[SQUARE]) for name in names])
    path = tiny_dataset / 'images/instances.json'
    path.write_text(json.dumps(document))
    return path


def test_a_file_or_the_folder_of_images_makes_a_project(coco, tiny_config, tmp_path):
    expected = np.zeros((32, 32), int)
    expected[4:12, 4:12] = 1
    for number, place in enumerate((coco, coco.parent)):
        project = create(coco.parent, place, tmp_path / f'p{number}', str(tiny_config), side=32)
        assert [len(names) for names in project.lists] == [4, 2, 10]
        assert project.masks.classes == ['background', 'square']
        for name in project.masks.names:
            assert (np.array(Image.open(project.out / f'masks/{name}.png')) == expected).all()
    with pytest.raises(ValueError, match='--empty-too, --small-on-top and --crowd-objects are for exports'):
        find_source(coco.parent, coco.parent.parent / 'annotations', Wish(empty_too=True))


def test_options_for_mask_files_mean_mask_files(coco, tiny_dataset):
    masks = tiny_dataset / 'annotations'
    (masks / '016.png').unlink()
    coco.rename(masks / coco.name)
    found = find_source(tiny_dataset / 'images', masks, Wish())
    assert found[2].note.startswith('6 images annotated in COCO JSON')
    found = find_source(tiny_dataset / 'images', masks, Wish(['background', 'square', 'disc'], values=[0, 1, 2]))
    assert found[2].note.startswith('15 masks, by the given values')


def test_options_for_mask_files_do_not_go_with_a_file(coco):
    with pytest.raises(ValueError, match="instances.json' is a file, but --colors, .* are for a folder of mask files"):
        find_source(coco.parent, coco, Wish(values=[0, 1]))


def test_a_described_folder_of_masks_needs_no_options(tiny_dataset, monkeypatch):
    (tiny_dataset / 'annotations/016.png').unlink()
    options = dict(classes=['a', 'b', 'c'], values=[2, 1, 0])
    form = MaskForm('Described', tiny_dataset / 'annotations', options, ['well'])
    monkeypatch.setattr('mmseg_entmin.project.sources.recognise', lambda place: form)
    _, wish, source, notes = find_source(tiny_dataset / 'images', tiny_dataset, Wish())
    assert source.classes == ['a', 'b', 'c'] and wish.values == [2, 1, 0]
    assert notes == ['masks read as Described describes them', 'well']
    assert (source.labels('001') == 2 - np.array(Image.open(form.folder / '001.png'))).all()
    _, _, source, _ = find_source(tiny_dataset / 'images', tiny_dataset, Wish(['c', 'a', 'b']))  # c is 0, a 2, b 1
    assert source.classes == ['c', 'a', 'b']
    original = np.array(Image.open(form.folder / '001.png'))
    assert (source.labels('001') == np.choose(original, [0, 2, 1])).all()
    with pytest.raises(ValueError, match="names 'x', which the Described export does not describe; it has a, b, c"):
        find_source(tiny_dataset / 'images', tiny_dataset, Wish(['x', 'b', 'c']))
