# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Rare classes: which they are, how wide, and what a project does about them."""
import cv2
import numpy as np
import pytest

from mmseg_entmin.project.rare_classes import average, evenly, find_rare, rare_notes, weigh_up, width

CLASSES = ['road', 'crack', 'hole']


def pixels(*counts, ignored=0):
    found = np.zeros((1, 256), np.int64)
    found[0, :len(counts)], found[0, 255] = counts, ignored
    return found


@pytest.mark.parametrize('counts, names', [
    ((900, 50, 50), ['crack', 'hole']), ((800, 100, 100), []), ((934, 66, 0), ['crack']), ((930, 70, 0), []),
    ((10, 500, 490), ['road'])])
def test_a_class_below_a_fifth_of_an_equal_share_is_rare(counts, names):
    assert find_rare(CLASSES, pixels(*counts, ignored=9000)).names == names


def test_rare_classes_by_name_or_none():
    found = find_rare(CLASSES, pixels(400, 300, 300), ['hole'])
    assert (found.labels, found.shares) == ([2], [0.3]) and str(found) == 'hole (30 % of the pixels)'
    assert find_rare(CLASSES, pixels(990, 5, 5), []).labels == []
    with pytest.raises(ValueError, match='--rare-classes pit: no class of this name; there are road, crack, hole'):
        find_rare(CLASSES, pixels(1, 1, 1), ['pit'])


def test_width_is_that_of_a_line_and_the_radius_of_a_disc():
    masks = np.zeros((2, 100, 100), np.uint8)
    masks[0, 10:90, 48:52] = 1
    cv2.circle(masks[1], (50, 50), 20, 2, -1)
    assert width(masks, [1]) == pytest.approx(4, abs=0.2) and width(masks, [2]) == pytest.approx(20, rel=0.2)
    assert width(masks, [1, 2]) == width(masks, [1]) and width(masks, [3]) == float('inf')


def test_masks_to_measure_are_evenly_spread():
    names = [f'{k:03d}' for k in range(100)]
    assert len(evenly(names)) == 20 and evenly(names)[0] == '000' and evenly(names)[-1] == '099'
    assert evenly(names[:3]) == names[:3]


def test_the_last_head_gets_the_dice():
    for head in (dict(loss_decode=dict(type='CrossEntropyLoss')), dict()):
        for model in (dict(decode_head=head), dict(decode_head=[dict(), head])):
            head.pop('loss_decode', None) if isinstance(head.get('loss_decode'), list) else None
            assert weigh_up(model) and head['loss_decode'][1] == dict(type='ClassDiceLoss')
    for loss in (dict(type='FocalLoss'), dict(type='CrossEntropyLoss', use_sigmoid=True), [dict(type='DiceLoss')]):
        model = dict(decode_head=dict(loss_decode=loss))
        assert not weigh_up(model) and model['decode_head']['loss_decode'] == loss


def test_the_weights_are_averaged_but_where_the_base_does():
    hook, other = dict(type='WeightAverageHook'), dict(type='ChannelsLastHook')
    assert average(None) == [hook] and average([other]) == [other, hook]
    for own in (dict(type='EMAHook', momentum=0.01), dict(hook, share=0.2)):
        assert average([other, own]) == [other, own]


def test_notes():
    rare = find_rare(CLASSES, pixels(990, 10, 0))
    note, = rare_notes(rare, True, 4., 1.)
    assert 'rare: crack (1 % of the pixels). So half of the crops' in note
    assert 'ClassDiceLoss' in note and 'WeightAverageHook' in note
    assert 'loss stays' in rare_notes(rare, False, 4., 1.)[0]
    assert '4.0 pixels wide, and 0.6 at this size: it is resized away' in rare_notes(rare, True, 4., 0.15)[1]
    assert rare_notes(find_rare(CLASSES, pixels(1, 1, 1)), True, 4., 0.15) == []


def test_notes_without_the_recipe():
    rare = find_rare(CLASSES, pixels(990, 10, 0))
    first, second = rare_notes(rare, False, 4., 0.15, treated=False)
    assert first.startswith('rare: crack (1 % of the pixels). --no-rare-classes leaves') and 'resized away' in second
