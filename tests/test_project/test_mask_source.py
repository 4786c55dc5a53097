# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Images and masks of any names: what the refusal advises works as it stands."""
import itertools
import re
import shlex
from argparse import ArgumentParser

import numpy as np
import pytest
from PIL import Image

from entmin.new_project import add_arguments
from mmseg_entmin.project.sources import Wish, find_source

CLASSES = ['background', 'cell', 'nucleus']
CELL = np.array([[0, 1, 1, 0], [0, 1, 1, 0]], bool)
NUCLEUS = np.array([[0, 0, 1, 0], [0, 0, 0, 0]], bool)
TRUTH = CELL + NUCLEUS.astype(np.uint8)


def parse(options):
    parser = ArgumentParser()
    add_arguments(parser)
    args = vars(parser.parse_args(['images', 'masks', '--out', 'out', *options]))
    args['mask_suffix'] = args['mask_suffix'] or ()
    return {key: args[key] for key in ('mask_name', 'mask_suffix', 'image_name', 'image_suffix', 'threshold')}


def put(folder, name, array):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(array, np.uint8)).save(folder / name)


def advised(images, masks, classes):
    """The labels after the options of the refusal, which are given as they stand."""
    with pytest.raises(ValueError) as error:
        find_source(images, masks, Wish(classes))
    text = str(error.value)
    options = shlex.split(re.search(r'(?:give|apart with) (--.*)$', text)[1])
    return *find_source(images, masks, Wish(classes, **parse(options)))[:3], text


@pytest.mark.parametrize('image, mask, name', [
    ('im{}_0000.png', 'im{}.png', 'im{}'),
    ('img_{}.png', 'label_{}.png', 'img_{}'),
    ('im{}.jpg', 'im{}.jpg.png', 'im{}'),
    ('im{}.png', 'im{}-labels.png', 'im{}'),
    ('im{}.png', 'im{}_seg.PNG', 'im{}'),
    ('im{}.JPG', 'im{}_GT.png', 'im{}'),
    ('2{}_training.tif', '2{}_manual1.gif', '2{}'),
    ('a/im{}.png', 'a/gt_im{}.png', 'a/im{}'),
    ('site{0}/img_{0}7_left.png', 'site{0}/lab_{0}7_x.png', 'site{0}/img_{0}7'),
    ('a/x_{}_left.png', 'a/x_{}_gtFine.png', 'a/x_{}'),
    ('it is {}.png', 'it is {}; a mask.png', 'it is {}')])
def test_the_advice_pairs_masks_of_other_names(tmp_path, image, mask, name):
    images, masks = tmp_path / 'images', tmp_path / 'masks'
    for number in range(6):
        put(images, image.format(number), np.zeros((2, 4, 3)))
    for number in range(3):
        put(masks, mask.format(number), TRUTH)
    found, wish, source, _ = advised(images, masks, CLASSES)
    assert list(found) == [name.format(number) for number in range(6)]
    assert source.names == list(found)[:3] and (source.labels(source.names[0]) == TRUTH).all()
    assert found[source.names[0]].name.endswith(wish.image_suffix or '')


@pytest.mark.parametrize('image, cell, nucleus', [
    ('im{}.png', 'im{}_cell.png', 'im{}-nucleus.png'), ('im{}.png', 'cell/im{}.png', 'nucleus/im{}.png'),
    ('im{}.png', 'z_cell/im{}.png', 'a_nucleus/im{}.tif'), ('img_{}.png', 'cell_{}.png', 'nucleus_{}.png')])
def test_one_mask_a_class_is_named_in_the_order_of_the_classes(tmp_path, image, cell, nucleus):
    for number in range(4):
        put(tmp_path / 'images', image.format(number), np.zeros((2, 4, 3)))
    for number in range(2):
        put(tmp_path / 'masks', cell.format(number), 255 * CELL)
        put(tmp_path / 'masks', nucleus.format(number), 255 * NUCLEUS)
    found, _, source, text = advised(tmp_path / 'images', tmp_path / 'masks', CLASSES)
    assert all((source.labels(name) == TRUTH).all() for name in source.names) and len(source.names) == 2
    assert text.index('cell', text.index('give')) < text.index('nucleus', text.index('give'))


@pytest.mark.parametrize('image, mask', [('images/{}.png', '{}/{}.png'), ('images/{}.png', '{}_{}.png'),
                                         ('{0}/images/{0}.png', '{}/masks/a{}bc1de2f.png')])
def test_one_mask_an_object_in_folders_or_files(tmp_path, image, mask):
    one = image.startswith('{')
    for number in range(4):
        put(tmp_path, image.format(f'case{number}'), np.zeros((2, 4, 3)))
    for number in range(2):
        for place, shown in enumerate([CELL & ~NUCLEUS, NUCLEUS] + [np.zeros((2, 4))] * 3):
            put(tmp_path if one else tmp_path / 'masks', mask.format(f'case{number}', place), 255 * shown)
    images, masks = (tmp_path, tmp_path) if one else (tmp_path / 'images', tmp_path / 'masks')
    found, _, source, _ = advised(images, masks, ['background', 'cell'])
    assert len(found) == 4 and len(source.names) == 2
    assert all((source.labels(name) == CELL).all() for name in source.names)


@pytest.mark.parametrize('image, mask', [('case ({}).png', 'case ({})_mask.png'), ('{}.bmp', '{}.png'),
                                         ('{}.png', '{}_cp_masks.png'), ('img_{}.png', 'label_{}.png')])
def test_one_folder_with_images_and_masks(tmp_path, image, mask):
    for number in range(4):
        put(tmp_path, image.format(number), np.zeros((2, 4, 3)))
        if number < 2:
            put(tmp_path, mask.format(number), TRUTH)
    found, _, source, _ = advised(tmp_path, tmp_path, CLASSES)
    assert len(found) == 4 and len(source.names) == 2 and (source.labels(source.names[1]) == TRUTH).all()


def test_the_number_of_a_task_is_no_name_of_an_image(tmp_path):
    for number in range(4):
        put(tmp_path / 'images', f'im{number}.png', np.zeros((2, 4, 3)))
        put(tmp_path / 'masks', f'task-{number}-annotation-9-by-1-tag-cell-0.png', 255 * CELL)
    with pytest.raises(ValueError, match='task'):
        find_source(tmp_path / 'images', tmp_path / 'masks', Wish(CLASSES[:2]))


def test_options_that_exclude_each_other(tmp_path):
    put(tmp_path / 'images', 'a.png', np.zeros((2, 4, 3)))
    put(tmp_path / 'masks', 'a.png', TRUTH)
    with pytest.raises(ValueError, match='--image-name x_{} --image-suffix .png: give one'):
        find_source(tmp_path / 'images', tmp_path / 'masks', Wish(CLASSES, image_name='x_{}', image_suffix='.png'))
    with pytest.raises(ValueError, match="'label.png' as the names of files: write {} where"):
        find_source(tmp_path / 'images', tmp_path / 'masks', Wish(CLASSES, mask_name=['label.png']))


def test_a_pattern_of_images_may_leave_the_suffix_out(tmp_path):
    for number in range(3):
        put(tmp_path / 'images', f'im{number}_left.png', np.zeros((2, 4, 3)))
    put(tmp_path / 'masks', 'im0_gt.png', TRUTH)
    found, wish, source, _ = find_source(tmp_path / 'images', tmp_path / 'masks', Wish(
        CLASSES, image_name='{}_left', mask_name=['{}_gt']))
    assert source.names == ['im0_left'] and len(found) == 3 and not wish.image_suffix


@pytest.mark.parametrize('mask, annotators', [('{1}/im{0}.png', 'anna ben'), ('im{0}_{1}.png', '_anna.png _ben.png')])
def test_masks_of_several_people_are_no_classes(tmp_path, mask, annotators):
    for number in range(4):
        put(tmp_path / 'images', f'im{number}.png', np.zeros((2, 4, 3)))
    for number, name in itertools.product(range(2), ('anna', 'ben')):
        put(tmp_path / 'masks', mask.format(number, name), 255 * (CELL if name == 'anna' else CELL & ~NUCLEUS))
    with pytest.raises(ValueError, match=f', or --annotators {annotators} if several people made these masks'):
        find_source(tmp_path / 'images', tmp_path / 'masks', Wish(CLASSES[:2]))
    _, _, source, _ = find_source(tmp_path / 'images', tmp_path / 'masks', Wish(
        CLASSES[:2], annotators=annotators.split()))
    assert (source.labels('im0') == np.where(NUCLEUS, 255, CELL)).all()


def test_masks_that_no_pattern_takes_are_named(tmp_path):
    images, masks = tmp_path / 'images', tmp_path / 'masks'
    for number in range(20, 30):
        put(images, f'{number}_training.png', np.zeros((2, 4, 3)))
        put(masks, f'{number}_manual1.gif' if number != 24 else '24manual1.gif', CELL)
    put(images, '30_training.png', np.zeros((2, 4, 3)))
    with pytest.raises(ValueError, match="rename '24manual1.gif' .1 of 10 masks are not named as the others are., then "
                                         'give --image-suffix=_training.png --mask-suffix=_manual1.gif$'):
        find_source(images, masks, Wish(CLASSES[:2]))
    wish = Wish(CLASSES[:2], image_suffix='_training.png', mask_suffix=['_manual1.gif'])
    *_, source, notes = find_source(images, masks, wish)
    assert len(source.names) == 9 and "1 pictures in '" in notes[0] and "24manual1.gif'; if they are masks" in notes[0]
