# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The tables of docs/results.md: cells as worked out by hand, and the committed pages as the records have them."""
import shutil
from functools import partial

import pytest

from benchmarks.cost.records import step_costs
from benchmarks.pages import START, fill
from benchmarks.results.figures import read_figures
from benchmarks.results.methods import peers
from benchmarks.results.overview import overview, readme_table
from benchmarks.results.result_charts import draw_charts
from benchmarks.results.run_configs import exists
from benchmarks.results.seeds import load
from benchmarks.results.table import Table
from benchmarks.results.table_list import TABLES
from benchmarks.results.tables import PAGES, comparison, table_lines

ROW = 'supervised/unet_toycells_1-10'
METRICS = dict.fromkeys(('mFscore', 'mRecall', 'mPrecision', 'aAcc'), 90.)


def runs(*miou, **record):
    """Runs of seeds 0, 1, ..."""
    return {seed: dict(record, metrics=METRICS | dict(mIoU=value)) for seed, value in enumerate(miou)}


@pytest.fixture
def results():
    """Two seeds of two rows."""
    return {(ROW, 'test'): runs(70., 72.), ('entmin/unet_toycells_1-10', 'test'): runs(72., 74.)}


@pytest.fixture
def lines(results):
    """Lines of a table by name."""
    return lambda name, costs={}: table_lines(name, results, costs, {})


def test_mean_deviation_and_paired_gain(lines):
    assert lines('toycells')[0] == '| | mIoU | gain | p | seeds |'.replace('| |', '|  |')
    assert '| supervised | 71.00 ± 1.41 |' in lines('toycells')[2]
    assert lines('toycells')[3].startswith('| entropy minimization | 73.00 ± 1.41 | +2.00 ± 0.00 |')
    assert len(lines('toycells')) == 4, 'nothing is in the table that was not run'
    assert lines('toycells metrics')[2] == '| supervised | 90.00 ± 0.00 | 90.00 ± 0.00 | 90.00 ± 0.00 | 90.00 ± 0.00 |'
    assert lines('wbc') == lines('wbc differences') == ['(not run yet)']
    with pytest.raises(KeyError):
        lines('wbc colors')


def test_the_gain_its_p_and_its_cost_follow_the_miou(repo_root):
    results, costs = load(), step_costs()
    for name, table in TABLES.items():
        header = table_lines(name, results, costs, {})[0].split(' | ')
        titles = ['mIoU'] + ['worst'] * (table.repeats != 'seeds') + ['gain', 'p']
        assert header[1:len(titles) + 1] == titles, name
        assert 'cost of a step' not in header or header.index('cost of a step') == len(titles) + 1


def test_cost_memory_and_extra_parameters_of_peers(tmp_path):
    """Rows without a result are absent; the chart needs accuracy and cost."""
    results, costs = {}, {}
    for run, miou, parameters, memory, cost in (('supervised/unet_wbc_1-10_augmented', 80., 1000, 500, 1.),
                                                ('advsemiseg/unet_wbc_1-10', 82., 3500, 540, 6.5)):
        results[run, 'test'] = runs(miou, miou + 1, parameters=parameters, peak_memory_mib=memory)
        results[run, 'test'][1]['peak_memory_mib'] += 2
        costs[run] = cost
    lines = comparison(TABLES['wbc_peers'], results, costs)
    assert lines[3:] == ['| AdvSemiSeg | 82.50 ± 0.71 | +2.00 ± 0.00 |  | × 6.50 | 541 MiB | +2,500 | 2 |']
    draw_charts(results, costs, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['wbc_peers.png']


def test_the_first_table_has_every_method_on_every_data_set(results):
    results['supervised/unet_wbc_1-10_augmented', 'test'] = runs(80., 81.)
    results['fixmatch/unet_wbc_1-10', 'test'] = runs(79., 79.)
    assert overview(results, {'fixmatch/unet_wbc_1-10': 2.1}) == [
        '|  | blood cells | generated cells | cost of a step |',
        '|---|---|---|---|',
        '| supervised | 80.50 ± 0.71 | 71.00 ± 1.41 |  |',
        '| **entropy minimization** |  | +2.00 ± 0.00 |  |',
        '| FixMatch | -1.50 ± 0.50 |  | × 2.10 |']
    assert readme_table(results)[2:] == ['| blood cells, 15 of 150 | 80.50 ± 0.71 |  |  |  |  |']


def test_differences_of_other_rows_than_the_first():
    results = {('supervised/unet_wbc_1-10', 'test'): runs(60., 61., 62.),
               ('entmin/unet_wbc_1-10', 'test'): runs(72., 74., 76.),
               ('entmin/ablation/unet_wbc_1-10_filled-control', 'test'): runs(70., 71., 72.)}
    assert table_lines('wbc differences', results, {}, {}) == [
        "- the recipe's losses, over their control: **+3.00 ± 0.58** (p 0.035, 3 seeds)"]


def test_a_table_of_draws_names_the_worst(results):
    results = {(run, 'draws'): found for (run, _), found in results.items()}
    table = Table(((ROW, 'a'), ('entmin/unet_toycells_1-10', 'b')), split='draws')
    lines = comparison(table, results, {})
    assert lines[0].endswith('| mIoU | worst | gain | p | draws |')
    assert '| b | 73.00 ± 1.41 | 72.00 | +2.00 ± 0.00 |' in lines[3]


def test_every_row_has_a_config():
    """A peer need not have one for every data set."""
    missing = {run for table in TABLES.values() for run, _ in table.rows if not exists(run)}
    assert {run.split('/')[0] for run in missing} <= {method.runs for method in peers()}


def test_every_table_is_on_the_page(repo_root):
    shown = START.findall((repo_root / 'docs/results.md').read_text())
    assert {*TABLES, *(f'{name} metrics' for name, table in TABLES.items() if table.metrics),
            *(f'{name} differences' for name, table in TABLES.items() if table.contrasts),
            *(f'{name} images' for name in read_figures())} <= {*shown}
    assert len(shown) == len({*shown})


@pytest.mark.parametrize('page', PAGES)
def test_committed_tables_are_those_of_the_records(repo_root, page, tmp_path):
    copy = tmp_path / 'page.md'
    shutil.copy(repo_root / page, copy)
    fill(copy, partial(table_lines, results=load(), costs=step_costs(), figures=read_figures()))
    assert copy.read_text() == (repo_root / page).read_text(), 'run `make tables`'
