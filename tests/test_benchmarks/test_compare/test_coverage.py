# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import pytest

from benchmarks.compare.coverage import TRIALS, markdown, read, record_of, summary
from mmseg_entmin.atomic import write_csv


def row(number, method, truth, low=1., high=3., **options):
    covered, found = int(low <= truth <= high), int(low > 0 or high < 0)
    return dict(dict(number=number, masks=20, classes=2, method=method, estimate=(low + high) / 2, low=low, high=high,
                     truth=truth, truth_error=0.1, covered=covered, found=found, winner=0), **options)


ROWS = [row(0, 'a', 2., winner=1), row(0, 'b', 0., -1., 1.), row(1, 'a', -1., winner=1), row(1, 'b', 2.),
        row(2, 'a', 1.5, winner=1), row(2, 'b', 1.7)]


def test_what_is_counted():
    """The winner of project 1 is worse than the baseline, that of project 2 worse than the other method."""
    assert summary(ROWS) == ('3 projects: all intervals cover the truth in 2; single intervals: 5 of 6; winners named: '
                             '3, wrong: 2; differences found: 5')


def test_the_table(tmp_path):
    assert markdown(tmp_path / 'absent.csv') == ['(not run yet)']
    path = tmp_path / 'a.csv'
    write_csv([list(ROWS[0]), *(list(one.values()) for one in ROWS)], path)
    lines = markdown(path)
    assert lines[4] == '| 1 | 20 | 2 | a | +2.0 | +1.0 to +3.0 | -1.0 ± 0.1 | **no** | better |'
    assert lines[-1].startswith('3 projects')


@pytest.mark.parametrize('network', TRIALS)
def test_the_records_are_of_the_projects(network):
    rows = read(record_of(network))
    numbers = [int(row['number']) for row in rows]
    assert len(rows) == 2 * len({*numbers}) and {*numbers} <= {*TRIALS[network]}
