# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/compare.md shows the records."""
from benchmarks.compare.page import KILLS, PAGE, kills, write_page


def test_the_page_shows_the_records(tmp_path):
    page = tmp_path / 'compare.md'
    page.write_text(PAGE.read_text())
    write_page(page)
    assert page.read_text() == PAGE.read_text()


def test_kills_end_with_the_same_table():
    lines = kills()
    assert len(lines) == 13 and '| end | the same to the bit |' in lines[-1] and KILLS.is_file()
