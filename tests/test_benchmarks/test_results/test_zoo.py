# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The model zoo has a row for every config, with what its runs measured."""
import re
import shutil

import pytest

from benchmarks.results import zoo
from benchmarks.results.methods import all_methods
from benchmarks.results.run_configs import BASES, exists
from benchmarks.results.seeds import load


@pytest.fixture(scope='module')
def rows(repo_root):
    """Cells of the committed page by the first one, a config or a run id."""
    lines = [line for line in (repo_root / 'docs/model_zoo.md').read_text().splitlines() if line.startswith('| `')]
    return {line.split('`')[1]: [cell.strip() for cell in line.split('|')[2:-1]] for line in lines}


def test_the_committed_page_is_that_of_the_committed_results(repo_root, tmp_path):
    shutil.copy(repo_root / 'docs/model_zoo.md', tmp_path / 'zoo.md')
    zoo.write_page(tmp_path / 'zoo.md')
    assert (tmp_path / 'zoo.md').read_text() == (repo_root / 'docs/model_zoo.md').read_text(), 'run `make tables`'


def test_every_config_has_a_row_and_every_variant_that_was_tested(rows):
    files = {f'{method.folder}/{stem}' for method in all_methods() for stem in method.configs()}
    tested = {run for run, split in load() if split == 'test'}
    assert rows.keys() == files | (tested & BASES.keys())
    assert all(exists(run) for run in tested)


def test_every_number_is_that_of_the_records(rows):
    results = load()
    measured = {name: cells for name, cells in rows.items() if zoo.NOT_RUN not in cells}
    assert len(measured) == sum(split == 'test' for _, split in results)
    for name, (_, _, iterations, parameters, miou, _, seeds) in measured.items():
        runs = results[re.sub('^advent/', 'entropy/', name), 'test']
        records = list(runs.values())
        mean = sum(record['metrics']['mIoU'] for record in records) / len(records)
        assert float(miou.split(' ')[0]) == pytest.approx(mean, abs=0.0051) and int(seeds) == len(records)
        assert int(parameters.replace(',', '')) == records[0]['parameters']
        assert int(iterations.split(' ')[0].replace(',', '')) == records[0]['iterations']


def test_a_row():
    metrics = dict(mIoU=70., mFscore=50.)
    runs = {seed: dict(metrics=metrics | dict(mIoU=miou), parameters=7000) for seed, miou in ((0, 70.), (1, 73.))}
    start = ['`entmin/unet_wbc_1-10`', 'UNet, FCNHead', '1/10', '600 × 8']
    assert zoo.row('entmin/unet_wbc_1-10', runs) == [*start, '7,000', '71.50 ± 2.12', '50.00 ± 0.00', '2']
    assert zoo.row('entmin/unet_wbc_1-10', {}) == [*start, '', 'not run here', '', '']
    assert zoo.row('entropy/unet_wbc_1-10', {})[0] == '`advent/unet_wbc_1-10`'
