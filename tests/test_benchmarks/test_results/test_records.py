# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Records come back as they were written, digit by digit, and none is lost or replaced."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.results import records

RECORD = dict(
    config='supervised/unet_toycells_1-10', split='draws', seed=3, labeled_list='splits/1-10_labeled.txt',
    labeled_indices=[7, 11], test_list='splits/test.txt', iterations=500,
    metrics={'mIoU': 75.54000091552734, 'IoU.sign symbol': 0.1}, seconds_per_iteration=0.045854711532592775,
    parameters=454051, multiply_adds=27574272, peak_memory_mib=977, device='NVIDIA H200',
    versions={'torch': '2.11.0', 'numpy': '2.4'}, commit='1234e56')


def test_a_record_comes_back_as_it_was(tmp_path):
    records.append(RECORD, tmp_path)
    small = dict(config='supervised/unet_toycells_all', split='test', seed=0, metrics=dict(mIoU=90.), versions={})
    records.append(small, tmp_path)
    assert records.read_all(tmp_path) == [RECORD, small], 'what was not measured is absent'
    other = dict(small, config='supervised/deeplabv2_camvid_all')
    records.append(other, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['camvid.csv', 'toycells.csv']
    assert records.read_all(tmp_path) == [other, RECORD, small]


def test_a_run_is_recorded_once(tmp_path):
    records.append(RECORD, tmp_path)
    with pytest.raises(ValueError, match=r"toycells.csv: has a record of run .*'draws', 3.* remove its row"):
        records.append(dict(RECORD, metrics=dict(mIoU=0.)), tmp_path)
    assert records.read_all(tmp_path) == [RECORD]


def test_runs_that_end_together_are_all_recorded(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: records.append(dict(RECORD, seed=seed), tmp_path), range(24)))
    assert sorted(record['seed'] for record in records.read_all(tmp_path)) == [*range(24)]


def test_the_committed_records_are_complete():
    found = records.read_all()
    assert len(found) >= 817 and len({*map(records.key_of, found)}) == len(found)
    for record in found:
        assert {'config', 'split', 'seed', 'labeled_list', 'test_list', 'iterations', 'metrics',
                'seconds_per_iteration', 'parameters', 'versions'} <= record.keys()
        assert all(0 <= value <= 100 for value in record['metrics'].values())
        assert ('labeled_indices' in record) == (record['split'] == 'draws')
        assert {*record['versions']} == {*records.PACKAGES}
