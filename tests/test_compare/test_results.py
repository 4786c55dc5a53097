# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import json

import pytest

from mmseg_entmin.compare.results import read_row, write_failure, write_result


def test_the_last_validation_and_the_times_of_all_starts(plan, tmp_path):
    run = plan.runs()[0]
    for start, lines in (('a', [dict(loss=2., time=0.3, iter=1, step=1), dict(mIoU=50., step=1)]),
                         ('b', [dict(loss=1., time=0.1, iter=2, step=2), dict(loss=1., time=0.2, iter=3, step=3),
                                {'mIoU': 60., 'IoU.a': 40., 'time': 9., 'step': 3}])):
        folder = tmp_path / start / 'vis_data'
        folder.mkdir(parents=True)
        (folder / 'scalars.json').write_text(''.join(f'{json.dumps(line)}\n' for line in lines))
    assert read_row(run, tmp_path) is None
    write_result(tmp_path, dict(memory_mib=3))
    row = read_row(run, tmp_path)
    assert row == {'run': run.name, 'method': 'double', 'seed': 0, 'fold': 0, 'share': '1', 'state': 'done',
                   'mIoU': 60., 'IoU.a': 40., 'seconds_per_step': 0.2, 'memory_mib': 3}


def test_failures(plan, tmp_path):
    with pytest.raises(ValueError, match='logged no mIoU'):
        write_result(tmp_path, {})
    write_failure(tmp_path, 'no memory')
    assert read_row(plan.runs()[0], tmp_path)['reason'] == 'no memory'
