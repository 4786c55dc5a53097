# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is said of lists, and which files are taken for one."""
import json
from pathlib import Path

import pytest

from mmseg_entmin.datasets.checks.lists import check_list, check_lists, list_stems


@pytest.mark.parametrize('content, message', [
    ('\ufeff001\n002\n', 'byte order mark'), ('', 'the list is empty'), ('001\n001\n', 'more than once: 001')])
def test_a_list_that_is_not_one_stem_a_line(tmp_path, content, message):
    path = tmp_path / 'list.txt'
    path.write_text(content, encoding='utf-8')
    problem, = check_list(path)
    assert message in problem.reason and problem.file == str(path)


def test_json_is_left_to_its_datasets_class(tmp_path):
    (tmp_path / 'images.json').write_text(json.dumps([dict(name='001'), dict(name='002')], indent=1))
    assert not [*check_lists(dict(data_root=str(tmp_path), ann_file='images.json'))]
    problem, = check_lists(dict(data_root=str(tmp_path), ann_file='absent.json'))
    assert problem.kind == 'missing'


def test_a_list_is_looked_for_where_it_is_on_a_disk(tmp_path):
    cfg = dict(ann_file=str(tmp_path / 'absent.txt'), backend_args=dict(backend='local'))
    assert [problem.kind for problem in check_lists(dict(dataset=cfg))] == ['missing']
    assert not [*check_lists(dict(cfg, backend_args=dict(backend='petrel')))]


def test_lists_are_utf8_where_the_system_is_not(tmp_path, monkeypatch):
    read = Path.read_text
    monkeypatch.setattr(Path, 'read_text', lambda self, encoding='ascii', errors=None: read(self, encoding, errors))
    (tmp_path / 'list.txt').write_text('\u00f6\n', encoding='utf-8')
    assert not [*check_list(tmp_path / 'list.txt')] and list_stems(tmp_path / 'list.txt') == ['\u00f6']
