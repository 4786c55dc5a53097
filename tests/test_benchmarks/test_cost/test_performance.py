# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/performance.md and the table of docs/reliability.md say what their records say."""
from benchmarks.cost.performance_page import write_page
from tests.stress.faults import RESULTS
from tests.stress.faults import write_page as write_reliability


def test_the_page_is_that_of_the_records(repo_root, tmp_path):
    (tmp_path / 'figures').mkdir()
    write_page(repo_root / 'docs' / 'results' / 'performance', tmp_path)
    assert (tmp_path / 'performance.md').read_text() == (repo_root / 'docs' / 'performance.md').read_text()


def test_the_table_of_reliability_is_that_of_the_records(repo_root, tmp_path):
    text = (repo_root / 'docs' / 'reliability.md').read_text()
    page = tmp_path / 'reliability.md'
    page.write_text(text)
    write_reliability(page, RESULTS)
    assert page.read_text() == text
