# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reading a work dir: whole, interrupted, resumed, moved, or none."""
import math

import pytest
from prettytable import PrettyTable

from mmseg_entmin.report.work_dir import class_table, read_run
from tests.work_dirs import CLASSES, as_text, write_start


def test_a_finished_run(make_work_dir):
    run = read_run(make_work_dir('mine', seed=3))
    assert (run.name, run.seed, run.unit) == ('mine', 3, 'iteration')
    assert (run.length, run.done, run.is_finished) == (40, 40, True)
    assert [record['step'] for record in run.train] == [10, 20, 30, 40] and run.train[1]['loss'] == 1 / 20
    assert [record['step'] for record in run.val] == [20, 40] and run.val[-1]['mIoU'] == 70
    assert list(run.classes) == list(CLASSES) and run.classes['square'] == dict(IoU=60., Fscore=71.)
    assert math.isnan(run.classes['disc']['IoU'])
    assert run.environment == {'Python': '3.11.7 (main)', 'PyTorch': '2.11.0', 'seed': '3'}
    assert run.checkpoint == run.path / 'iter_40.pth', 'though the note says that it is elsewhere'


def test_an_interrupted_run_whose_last_line_is_cut_off(make_work_dir):
    work_dir = make_work_dir('mine', done=20, checkpoint=False)
    scalars = next(work_dir.glob('*/vis_data/scalars.json'))
    scalars.write_text(scalars.read_text() + '{"lr": 0.01, "los')
    run = read_run(work_dir)
    assert (run.done, run.is_finished, run.checkpoint) == (20, False, None)
    assert run.state == '20 of 40 iterations'


def test_a_resumed_run_repeats_steps(make_work_dir, make_config):
    work_dir = make_work_dir('mine', done=30, miou=60.)
    write_start(work_dir, '20260102_000000', make_config(), [30, 40], [40], miou=80.)
    run = read_run(work_dir)
    assert [record['step'] for record in run.train] == [10, 20, 30, 40]
    assert [(record['step'], record['mIoU']) for record in run.val] == [(20, 60), (40, 80)]
    assert run.classes['background']['IoU'] == 80


def test_a_resumed_run_that_only_validates(make_work_dir, make_config):
    work_dir = make_work_dir('mine', miou=60.)
    write_start(work_dir, '20260102_000000', make_config(), [], [40], miou=80.)
    run = read_run(work_dir)
    assert [record['step'] for record in run.train] == [10, 20, 30, 40]
    assert [(record['step'], record['mIoU']) for record in run.val] == [(20, 60), (40, 80)]
    assert run.classes['background']['IoU'] == 80


def test_a_test_in_the_same_folder_is_no_training(make_work_dir, make_config):
    work_dir = make_work_dir('mine')
    write_start(work_dir, '20260102_000000', make_config(seed=5), [], [0], miou=1.)
    run = read_run(work_dir)
    assert run.val[-1]['mIoU'] == 70 and run.seed == 0 and run.classes['background']['IoU'] == 70


def test_epochs(make_work_dir, make_config, tmp_path):
    config = make_config()
    config.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=3)
    work_dir = tmp_path / 'epochs'
    start = write_start(work_dir, '20260101_000000', config, [], [1, 2])
    with (start / 'vis_data' / 'scalars.json').open('a') as file:
        file.write('{"loss": 1.0, "epoch": 2, "iter": 80, "step": 80}\n')
    run = read_run(work_dir)
    assert (run.unit, run.done, run.length, run.is_finished) == ('epoch', 1, 3, False)
    (work_dir / 'epoch_3.pth').touch()
    assert read_run(work_dir).is_finished, 'the log may end before the last iteration'


def test_without_logs_the_config_will_do(make_config, tmp_path):
    work_dir = tmp_path / 'bare'
    work_dir.mkdir()
    (work_dir / 'config.py').write_text(as_text(make_config()))
    run = read_run(work_dir)
    assert (run.train, run.val, run.classes, run.environment, run.done) == ([], [], {}, {}, 0)


def test_what_is_no_work_dir(tmp_path):
    with pytest.raises(FileNotFoundError, match="work dir '.*absent' does not exist"):
        read_run(tmp_path / 'absent')
    with pytest.raises(FileNotFoundError, match='is no work dir of a training: it has no config'):
        read_run(tmp_path)
    (tmp_path / 'config.py').write_text('model = dict(')
    with pytest.raises(ValueError, match="config '.*config.py' cannot be read"):
        read_run(tmp_path)


def test_a_log_without_a_table():
    assert class_table('nothing') == {}


@pytest.mark.parametrize('longest', ['a', 'sky', 'nucleus', 'sign symbol', 'background and more'])
def test_the_last_table_of_a_log_however_wide(longest):
    """As mmseg prints it: the names are centered, so that the head's place depends on the longest."""
    def printed(value):
        table = PrettyTable(field_names=['Class', 'IoU', 'Acc'])
        table.add_row([longest, value, 90.])
        return f'INFO - per class results:\nINFO - \n{table.get_string()}\nINFO - Iter(val) [3/3]\n'

    assert class_table(printed(70.5) + printed(80.25)) == {longest: dict(IoU=80.25, Acc=90.)}


def test_the_last_checkpoint_is_that_of_the_largest_number(make_work_dir):
    work_dir = make_work_dir('mine', checkpoint=False)
    for number in (8, 40, 100):
        (work_dir / f'iter_{number}.pth').touch()
    assert read_run(work_dir).checkpoint.name == 'iter_100.pth'
