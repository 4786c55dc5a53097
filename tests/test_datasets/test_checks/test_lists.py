# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is said of lists, and which files are taken for one."""
import json

import pytest

from mmseg_entmin.datasets.checks.lists import check_list, check_lists


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
