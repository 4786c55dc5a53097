# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Rows come back as they were written."""
from benchmarks.csv_rows import integers, read_rows, write_rows


def test_lists_tuples_and_empty_cells(tmp_path):
    path = tmp_path / 'rows.csv'
    write_rows(path, [dict(name='a', sizes=(4, 4), value=0.1), dict(name='b', sizes=[8, 0], value=None)],
               ['name', 'sizes', 'value'])
    assert read_rows(path, dict(name=str, sizes=integers)) == [
        dict(name='a', sizes=[4, 4], value=0.1), dict(name='b', sizes=[8, 0])]
