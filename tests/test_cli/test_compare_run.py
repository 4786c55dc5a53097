# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A run of a comparison, in a process of its own."""
import multiprocessing
import time
from pathlib import Path

from mmseg_entmin.cli import compare_run
from mmseg_entmin.compare.configs import config_path, work_dir, write_configs
from mmseg_entmin.compare.plan import make_plan
from mmseg_entmin.compare.project import read_project
from mmseg_entmin.compare.results import read_row

CONTEXT = multiprocessing.get_context('fork')


def work(path):
    compare_run.end_with_parent()
    Path(path).write_text(str(multiprocessing.current_process().pid))
    time.sleep(60)


def parent(path):
    process = CONTEXT.Process(target=work, args=(path, ))
    process.start()
    process.join()


def runs(pid: int) -> bool:
    stat = Path(f'/proc/{pid}/stat')
    return stat.is_file() and stat.read_text().rpartition(')')[2].split()[0] != 'Z'


def wait_until(condition) -> bool:
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_run_ends_when_the_comparison_is_killed(tmp_path):
    path = tmp_path / 'pid'
    process = CONTEXT.Process(target=parent, args=(path, ))
    process.start()
    assert wait_until(lambda: path.is_file() and path.read_text())
    pid = int(path.read_text())
    assert runs(pid)
    process.kill()
    process.join()
    assert wait_until(lambda: not runs(pid))


def test_what_a_run_leaves(project_folder):
    folder = project_folder / 'compare'
    project = read_project(project_folder)
    plan = make_plan(project, ['double', 'entmin'], 2, 1, 2)
    write_configs(project, plan, folder, workers=False)
    run = plan.runs()[0]
    process = CONTEXT.Process(target=compare_run.train_one, args=(
        str(config_path(run, folder)), str(work_dir(run, folder))))
    process.start()
    process.join()
    row = read_row(run, work_dir(run, folder))
    assert process.exitcode == 0 and row['state'] == 'done' and row['memory_mib'] > 0 and row['seconds'] > 0
    assert {'IoU.background', 'IoU.square', 'IoU.disc', 'mIoU', 'seconds_per_step'} <= set(row)
    assert {'output.log', 'iter_2.pth'} <= {path.name for path in work_dir(run, folder).iterdir()}
