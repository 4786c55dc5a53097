# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Copies of validation images among those that are trained on."""
import cv2
import pytest

from mmseg_entmin.project.copies import copies_note
from tests.test_datasets.test_near_duplicates import picture


@pytest.fixture
def paths(tmp_path):
    """Images a to d, and copies of a: small, and as JPEG."""
    for seed, name in enumerate('abcd'):
        cv2.imwrite(str(tmp_path / f'{name}.png'), picture(seed))
    cv2.imwrite(str(tmp_path / 'small.png'), cv2.resize(picture(0), (80, 60), interpolation=cv2.INTER_AREA))
    cv2.imwrite(str(tmp_path / 'jpeg.jpg'), cv2.resize(picture(0), (1600, 1200), interpolation=cv2.INTER_CUBIC))
    (tmp_path / 'broken.png').write_bytes(b'')
    return {path.stem: path for path in sorted(tmp_path.iterdir())}


def part(paths, *names):
    return {name: paths[name] for name in names}


def test_copies_of_validation_images_are_named(paths):
    note, = copies_note(part(paths, 'a', 'b'), part(paths, 'c', 'small'), part(paths, 'd', 'jpeg', 'broken'))
    assert note.startswith('2 pairs of a validation image') and 'a and small (labeled), a and jpeg (unlabeled)' in note
    assert '6 of 7 images were looked at' in note and '--groups or --val-list' in note


def test_no_copies_and_no_time(paths):
    assert copies_note(part(paths, 'a', 'b'), part(paths, 'c'), part(paths, 'd')) == []
    assert copies_note(part(paths, 'a', 'b'), part(paths, 'c', 'small'), part(paths, 'd'), seconds=-1) == []
