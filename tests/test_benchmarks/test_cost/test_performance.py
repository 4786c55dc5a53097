# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/performance.md and the table of docs/reliability.md say what their records say."""
import shutil

import pytest

from benchmarks.cost import records
from benchmarks.cost.performance_page import write_page
from tests.stress.faults import write_page as write_reliability

STEP = dict(
    config='entmin/x', limit=False, images=[4, 4], size=[32, 32], parameters=7, torch='2.11.0', device='CPU',
    seconds=0.1, quartiles=[0.09, 0.11], flops=12, memory_mib=1.5, process_mib=600., ratio=1.)


def test_the_page_is_that_of_the_records(repo_root, tmp_path):
    (tmp_path / 'docs').mkdir()
    shutil.copy(repo_root / 'docs/performance.md', tmp_path / 'docs')
    write_page(tmp_path)
    assert (tmp_path / 'docs/performance.md').read_text() == (repo_root / 'docs/performance.md').read_text()
    assert (tmp_path / 'docs/figures/cost_scaling.png').is_file()


def test_the_table_of_reliability_is_that_of_the_records(repo_root, tmp_path):
    text = (repo_root / 'docs' / 'reliability.md').read_text()
    page = tmp_path / 'reliability.md'
    page.write_text(text)
    write_reliability(page)
    assert page.read_text() == text


def test_a_measurement_comes_back_and_replaces_an_earlier_one_of_its_name(tmp_path):
    pair = dict(time=0.5, cpu=0.25, memory=2.)
    steps = [dict(STEP, ratios={'supervised/x': pair}), dict(STEP, config='supervised/x', limit=True, ratios={})]
    first = dict(command='entmin/x --limit supervised/x', rounds=3, threads=1, steps=steps)
    records.record_steps('results_tiny', first, tmp_path)
    records.record_steps('tiny', dict(first, steps=[dict(STEP, ratio=3., ratios={})]), tmp_path)
    assert records.read_steps(tmp_path)['results_tiny'] == first
    records.record_steps('tiny', dict(first, steps=[dict(STEP, ratio=4., ratios={})]), tmp_path)
    found = records.read_steps(tmp_path)
    assert [step['ratio'] for step in found['tiny']['steps']] == [4.] and found['results_tiny'] == first
    assert records.step_costs(tmp_path) == {'entmin/x': 1., 'supervised/x': 1.}, 'of what is measured for the results'


@pytest.mark.parametrize('name', records.TABLES)
def test_another_measurement_comes_back(name, tmp_path):
    rows = records.read_table(name)
    records.write_table(name, rows, tmp_path)
    assert rows and records.read_table(name, tmp_path) == rows
