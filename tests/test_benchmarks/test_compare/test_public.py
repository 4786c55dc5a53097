# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import pytest

from benchmarks.compare import public
from mmseg_entmin.atomic import write_csv

TABLE = [
    ['method', 'mIoU', 'difference', 'low', 'high', 'detectable', 'p', 'runs', 'failed', 'dropped', 'passes',
     'difference of background', 'low of background', 'high of background', 'difference of crack', 'low of crack',
     'high of crack'],
    ['double', 50.04, *[''] * 5, 5, 0, '', '', *[''] * 6],
    ['entmin', 52.3, 2.26, -0.5, 5.02, 3., 0.1, 4, 1, '', '', 0.1, -1., 1.2, 4.44, -1., 10.],
    ['entmin_plus', 40., -10.04, -15., -5., 3., 0.01, 3, 0, 3, '', 0.1, -1., 1.2, -20., -30., -10.]]


@pytest.fixture
def records(tmp_path, monkeypatch):
    monkeypatch.setattr(public, 'RECORDS', tmp_path)
    write_csv(TABLE, tmp_path / 'public_crackforest_table.csv')
    row = dict(data='crackforest', masks=8, unlabeled=70, folds=5, seeds=1, iters=150, runs=25, failed=1, budget='12m',
               jobs=2, minutes=11.6, cpu_minutes=20.2, sentence='No gain was found.')
    public.write_rows(tmp_path / 'public.csv', [row], public.COLUMNS)
    return tmp_path / 'public.csv'


def test_sentences_and_methods(records):
    lines = public.table(records)
    assert lines[0] == ('- **CrackForest**, 8 masks and 70 unlabeled images: *No gain was found.* 25 runs of 150 '
                        'iterations, 12 minutes from `entmin new-project` on with `--budget 12m --jobs 2`, in which '
                        'the runs took 20 minutes of a processor.')
    assert lines[-3:] == [
        '| CrackForest | supervised, twice the images a step | 50.0 |  |  | 5 |  |',
        '| CrackForest | ours | 52.3 | +2.3 | -0.5 to +5.0 | 4, 1 failed | background +0.1, crack +4.4 |',
        '| CrackForest | ours + consistency | 40.0 | -10.0 | -15.0 to -5.0 | 3, dropped after 3 | background +0.1, '
        'crack -20.0 |']
    assert public.table(records.with_name('absent.csv')) == ['(not run yet)']
