# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Published lists in CSV, YAML and JSON, and in text with commas."""
import json

import pytest

from mmseg_entmin.datasets.foreign_splits import image_path, read_foreign

BOTH = dict(labeled=['i/a.png', 'i/b c.png'], unlabeled=['i/d.png'])
ROWS = 'image,mask\ni/a.png,m/a.png\ni/b c.png,m/b c.png\n'


@pytest.mark.parametrize('name, text', [
    ('a.csv', ROWS), ('a.csv', '\ufeff' + ROWS), ('a.csv', ROWS.partition('\n')[2]), ('a.txt', ROWS),
    ('a.csv', ROWS.replace(',', ';')), ('a.tsv', ROWS.replace(',', '\t')),
    ('a.csv', ',' + ROWS.replace('\ni', '\n0,i')),
    ('a.csv', 'mask,image\nm/a.png,i/a.png\nm/b.png,"i/b c.png"\n'),
    ('a.csv', 'split,file_name\nlabeled,i/a.png\nunlabeled,i/d.png\nlabeled,i/b c.png\n'),
    ('a.csv', 'whatever,n\ni/a.png,1\ni/b c.png,2\n'), ('a.yaml', json.dumps(BOTH)),
    ('a.yml', 'unlabeled: [i/d.png]\nlabelled:\n- i/a.png\n- i/b c.png\n'), ('a.json', json.dumps(BOTH)),
    ('a', json.dumps(BOTH['labeled'])), ('a.json', json.dumps(dict(train=BOTH['labeled']))),
    ('a.json', json.dumps(dict(info={}, images=[dict(id=1, file_name='i/a.png'), dict(id=2, file_name='i/b c.png')]))),
    ('a.json', json.dumps([dict(image='i/a.png', label='m/a.png'), dict(image='i/b c.png', label='m/b.png')]))])
def test_the_images_are_found(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding='utf-8')
    assert [entry.strip() for entry in read_foreign(tmp_path / name, 'labeled')] == BOTH['labeled']


@pytest.mark.parametrize('name, text', [
    ('a.yaml', 'labeled:\n- i/a.png m/a.png\n- i/b c.png m/b c.png\n'),
    ('a.json', '["i/a.png\\tm/a.png", "i/b c.png  m/b c.png"]')])
def test_entries_may_be_an_image_and_its_mask(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    entries = read_foreign(tmp_path / name, 'labeled')
    assert [str(image_path(entry)) for entry in entries] == ['i/a.png', 'i/b c.png']


def test_numbers_in_yaml_and_csv_are_names(tmp_path):
    for name, text in (('a.yaml', '[007, 010]'), ('a.csv', 'id\n007\n010\n')):
        (tmp_path / name).write_text(text)
        assert read_foreign(tmp_path / name) == ['007', '010']
    (tmp_path / 'a.json').write_text('[7, 10]')
    assert read_foreign(tmp_path / 'a.json') == [7, 10]


@pytest.mark.parametrize('name, text, message', [
    ('a.json', '{"train": ["a"], "val": ["b"]}', 'it holds train, val, but no list named labeled; give one'),
    ('a.json', '["a", 1.5]', 'holds a float'), ('a.json', '{"labeled": 3}', 'it holds a int'),
    ('a.json', '[', 'is no JSON'), ('a.yaml', 'a: [', 'is no YAML'), ('a.xml', '<?xml version="1.0"?>', 'XML or HTML'),
    ('a.csv', 'name,split\na,train\nb,val\n', "its column 'split' tells of train, val; give one"),
    ('a.csv', 'name,split\na\n', 'rows differ in their number of columns'),
    ('a.csv', 'image,mask\n', 'the list is empty'),
    ('a.txt', 'image mask\na.png b.png\n', "the first line, 'image mask', names no image file")])
def test_what_is_no_single_list_is_refused(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=f'{name}: .*{message}'):
        read_foreign(tmp_path / name, 'labeled')
