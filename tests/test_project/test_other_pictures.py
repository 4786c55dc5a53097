# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pictures beside the images are neither images nor forgotten masks."""
import re
from pathlib import Path
from shlex import quote

import pytest

from mmseg_entmin.project.other_pictures import idle_note, refuse_more_masks, refuse_other_pictures


def images(*names):
    return {name: Path(f'{name}.png') for name in names}


@pytest.mark.parametrize('ending', [
    '_cp_output', '_overlay', '_color', '_mask_1', '_Stroma_mask', ' (mask)', '-labels', '.seg', '_flows', '_gt',
    '_vis_2', '_prediction', '_gtFine_instanceIds', '_cp_outlines'])
def test_pictures_of_another_image_are_refused_with_their_ending(ending):
    with pytest.raises(ValueError) as error:
        refuse_other_pictures(images('a', 'b', f'b{ending}'), ['a'])
    assert f"'b{ending}.png' looks like a picture of another image" in str(error.value)
    pattern = f"{'*' * ending.startswith('-')}{ending}.png"  # an argument does not begin with '-'
    assert f'--leave-out {quote(pattern)}' in str(error.value)
    assert 'give --leave-out alone' in str(error.value)


def test_pictures_of_one_base_are_refused():
    with pytest.raises(ValueError, match=r"'a_overlay.png'.*\(2 files are named _overlay.png\)"):
        refuse_other_pictures(images('a_photo', 'a_overlay', 'b_photo', 'b_overlay'), [])


@pytest.mark.parametrize('name, pattern', [('overlay_a', 'overlay_*'), ('vis/a', 'vis/*'), ('b/labels/a', '*')])
def test_beginnings_and_folders_tell_as_well(name, pattern):
    with pytest.raises(ValueError, match=rf"--leave-out '.*{re.escape(pattern)}'"):
        refuse_other_pictures(images('a', name), [])
    with pytest.raises(ValueError, match='overlays/'):
        refuse_other_pictures(images('photos/a', 'overlays/a'), ['photos/a'])


@pytest.mark.parametrize('names', [
    ('a', 'a_1', 'a_2'), ('scan', 'scan.2', 'scan (3)'), ('im1', 'im10'), ('rose', 'rose_2_3'), ('wheat', 'mask_off_1'),
    ('cell_seg1', 'cell_seg2'), ('patient_1_color', 'patient_2_color')])
def test_numbers_make_no_other_picture(names):
    assert refuse_other_pictures(images(*names), []) == []


def test_what_only_a_person_can_tell_is_a_note():
    note, = refuse_other_pictures(images('a', 'a_left', 'b', 'b_left'), [])
    assert note.startswith('2 unlabeled images are named like another one with _left added') and '_left.png' in note
    assert refuse_other_pictures(images('a', 'a_left'), ['a_left']) == []  # it has a mask


@pytest.mark.parametrize('names, suffix, more', [
    (('a_mask.png', 'a_mask_1.png'), '_mask.png', '_mask_1.png'),
    (('a_mask.png', 'a_mask2.tif'), '_mask.png', '_mask2.tif'),
    (('a_mask.gif', 'a_mask_1.gif'), '_mask.gif', '_mask_1.gif'), (('a_mask.gif', 'a.npy'), '_mask.gif', None),
    (('a_mask1.png', 'a_mask2.png'), '_mask1.png', '_mask2.png'),
    (('a_x_1.png', 'a_x_2.png'), '_x_1.png', '_x_2.png'), (('a.x.1.png', 'a.x.png'), '.x.1.png', '.x.png'),
    (('a_1.png', 'a_2.png'), '_1.png', None), (('a_m.png', 'a_m (2).png'), '_m.png', '_m (2).png'),
    (('a_mask.png', 'a_color.png'), '_mask.png', None),
    (('a_mask.png', 'ab_mask_1.png'), '_mask.png', None), (('a.png', 'a_1.png'), '.png', None)])
def test_numbered_masks_are_not_forgotten(tmp_path, names, suffix, more):
    for name in names:
        (tmp_path / name).touch()
    layers = [('a', tmp_path / names[0])]
    if more is None:
        refuse_more_masks(tmp_path, layers, [suffix])
        return
    with pytest.raises(ValueError) as error:
        refuse_more_masks(tmp_path, layers, [suffix])
    assert f'--mask-suffix={suffix} --mask-suffix={quote(more)}' in str(error.value)
    assert f'--leave-out {quote(more)}' in str(error.value)
    refuse_more_masks(tmp_path, layers, [suffix], [more])


def test_what_is_left_out_in_vain_is_named(tmp_path):
    (tmp_path / 'runs').mkdir()
    for name in ('test1.jpg', 'runs/a.png', 'b_overlay.png'):
        (tmp_path / name).touch()
    note, = idle_note([tmp_path], ['test?.jpg', 'runs/*', '_overlay.png'])
    assert note.startswith("--leave-out 'test?.jpg': no file is named so")
    assert idle_note([tmp_path], ['test*.jpg']) == idle_note([tmp_path], []) == []
