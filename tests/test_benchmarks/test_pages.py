# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tables are filled in between their marks, and a wrong mark is named."""
import pytest

from benchmarks.pages import fill, markdown_table

PAGE = 'Text.\n\n<!-- table: one -->\n\nold\n\n<!-- end -->\n\nMore.\n\n<!-- table: two b -->\n<!-- end -->\n'


@pytest.fixture
def page(tmp_path):
    path = tmp_path / 'page.md'
    path.write_text(PAGE)
    return path


def test_what_is_between_the_marks_is_replaced(page):
    for _ in range(2):
        fill(page, {'one': ['| a |', '| b |'], 'two b': ['- c']}.__getitem__)
        assert page.read_text() == ('Text.\n\n<!-- table: one -->\n\n| a |\n| b |\n\n<!-- end -->\n\nMore.\n\n'
                                    '<!-- table: two b -->\n\n- c\n\n<!-- end -->\n')


def test_a_table_that_does_not_exist_is_named(page):
    with pytest.raises(ValueError, match="page.md: there is no table 'two b', correct the name"):
        fill(page, {'one': []}.__getitem__)
    assert page.read_text() == PAGE


def test_a_mark_without_an_end_is_named(page):
    page.write_text(PAGE.replace('<!-- end -->', '', 1))
    with pytest.raises(ValueError, match="page.md: no line '<!-- end -->' behind table 'one'"):
        fill(page, lambda name: [])


def test_a_table():
    assert markdown_table(['', 'x'], [['a', '1'], ['b', '']]) == ['|  | x |', '|---|---|', '| a | 1 |', '| b |  |']
