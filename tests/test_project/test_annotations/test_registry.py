# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Formats are seen by their content; what is of none is named or left to the mask files."""
import json

import pytest

from mmseg_entmin.project.annotations.export import Export, Reader
from mmseg_entmin.project.annotations.registry import READERS, recognise

SOME = dict(images=[dict(id=1, file_name='a', width=3, height=3)], categories=[dict(id=1, name='a')],
            annotations=[dict(id=1, image_id=1, category_id=1, segmentation=[[0, 0, 2, 0, 2, 2]])])


def test_a_folder_without_exports_is_left_to_others(tmp_path):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/b.json').write_text('{}')
    with pytest.raises(ValueError, match="holds no masks, and files of no known format, like '.*b.json'; the known"):
        recognise(tmp_path / 'x')
    (tmp_path / 'x/b.json').rename(tmp_path / 'x/b.zip')
    with pytest.raises(ValueError, match='b.zip. is an archive: unpack it'):
        recognise(tmp_path / 'x')
    for name, text in (('a.png', ''), ('b.json', '{}'), ('c.json', '{"images": [')):
        (tmp_path / name).write_text(text)
    assert recognise(tmp_path) is None


@pytest.mark.parametrize('name, text, message', [
    ('a.json', '{}', 'of no known format; the known ones are COCO JSON'), ('a.json', '{', 'is no complete JSON'),
    ('a.zip', '', 'is an archive: unpack it'), ('a.doc', '', 'of no known format')])
def test_a_file_that_is_given_has_to_be_one(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        recognise(tmp_path / name)


def test_a_broken_file_beside_others_and_two_formats_are_refused(tmp_path, monkeypatch):
    (tmp_path / 'a.json').write_text(json.dumps(SOME))
    (tmp_path / 'b.json').write_text('{"images": [')
    with pytest.raises(ValueError, match='b.json. is no complete JSON'):
        recognise(tmp_path)
    (tmp_path / 'b.json').write_text('{"other": 1}')
    other = Reader('Other JSON', '.json', lambda path, document: 'other' in document,
                   lambda paths, folder: Export('Other JSON', [], {}, {}, []))
    monkeypatch.setattr('mmseg_entmin.project.annotations.registry.READERS', (*READERS, other))
    with pytest.raises(ValueError, match='holds COCO JSON .*a.json.* and Other JSON .*b.json'):
        recognise(tmp_path)
    assert recognise(tmp_path / 'b.json').format == 'Other JSON'


def test_a_missing_place_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='gone'):
        recognise(tmp_path / 'gone')
