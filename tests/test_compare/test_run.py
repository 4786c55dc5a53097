# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs side by side, what fails, what is killed, and what a second start leaves alone."""
import pytest

from mmseg_entmin.compare.configs import config_path, work_dir, write_configs
from mmseg_entmin.compare.results import TABLE, TIMES, read_rows
from mmseg_entmin.compare.run import Budget, cpu_slots, run_plan
from tests.fake_runs import score, train


@pytest.fixture
def folder(project, plan, tmp_path):
    write_configs(project, plan, tmp_path / 'compare', workers=False)
    return tmp_path / 'compare'


def run(plan, folder, slots=(None, None), **options):
    lines = []
    return run_plan(plan, folder, train, list(slots), lines.append, **options), lines


def starts(plan, folder):
    return {one.name: len((work_dir(one, folder) / 'starts').read_text()) for one in plan.runs()
            if (work_dir(one, folder) / 'starts').is_file()}


def test_all_runs_and_a_clear_loser(plan, folder, forked):
    progress, lines = run(plan, folder)
    assert progress.dropped == {'entmin_plus': 3, 'control': 3}, 'supervised training, which loses too, stays'
    assert {name: row['mIoU'] for name, row in progress.rows.items()} == {name: score(name) for name in progress.rows}
    assert 'entmin_plus_seed0_fold2' in progress.rows and 'entmin_plus_seed1_fold1' not in progress.rows
    rows = read_rows(folder)
    assert [row['run'] for row in rows] == [one.name for one in plan.runs() if one.name in progress.rows]
    assert any('entmin_plus is dropped after 3 of 6 pairs of fold and seed' in line for line in lines)
    assert set(TIMES) < set(rows[0])


def test_what_is_done_is_not_done_again(plan, folder, forked):
    first = run(plan, folder)[0]
    table = (folder / TABLE).read_bytes()
    (work_dir(plan.runs()[7], folder) / 'result.json').unlink()  # killed before its end
    again = run(plan, folder, slots=[None])[0]
    assert again == first and (folder / TABLE).read_bytes() == table
    counts = starts(plan, folder)
    assert counts.pop(plan.runs()[7].name) == 2 and set(counts.values()) == {1}


def test_a_run_that_fails_is_named_and_the_rest_goes_on(plan, folder, forked):
    broken, killed, once = (plan.runs()[place] for place in (1, 3, 8))
    for one, word in ((broken, 'broken'), (killed, 'killed'), (once, 'killed once')):
        with open(config_path(one, folder), 'a') as file:
            file.write(f'# {word}\n')
    progress, lines = run(plan, folder)
    assert progress.rows[broken.name]['reason'].startswith('no such backbone (')
    assert progress.rows[killed.name]['reason'].startswith('ended by signal 9 3 times, perhaps for lack of memory')
    assert progress.rows[once.name]['mIoU'] == score(once.name)
    assert any(f'{broken.name}: failed: no such backbone' in line for line in lines)
    counts = starts(plan, folder)
    assert (counts[broken.name], counts[killed.name], counts[once.name]) == (1, 3, 2)
    assert sum(row['state'] == 'failed' for row in progress.rows.values()) == 2
    assert run(plan, folder)[0] == progress and starts(plan, folder) == counts


def test_a_budget_that_is_used_up(plan, folder, forked):
    path = folder / 'clock.json'
    progress, lines = run(plan, folder, budget=Budget(10., path, earlier=9.9))
    assert progress.cells == 2 and 'the budget ends after 2 of 6 pairs of fold and seed' in lines
    later = Budget(10., path)
    later.load()
    assert later.earlier > 9.9
    assert run(plan, folder, budget=later)[0] == progress
    later.seconds = 1e6
    assert run(plan, folder, budget=later)[0].cells == 6


def test_no_run_starts_after_the_budget(plan, folder, forked):
    """The third cell has begun when the time is up: the baseline has a result there, the others have none."""
    ended = plan.runs_of(plan.cells[2])[0]
    train(str(config_path(ended, folder)), str(work_dir(ended, folder)))
    progress, lines = run(plan, folder, budget=Budget(10., earlier=10.1))
    assert progress.cells == 2 and 'the budget ends after 2 of 6 pairs of fold and seed' in lines
    assert len(progress.rows) == 2 * 5 + 1 and ended.name in progress.rows


def test_slots(monkeypatch):
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    assert cpu_slots(3, 0) == [None] * 3 and len(cpu_slots(None, 0)) >= 1
    assert cpu_slots(None, 2) == ['0', '1'] and cpu_slots(4, 2) == ['0', '1', '0', '1']
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '3,5')
    assert cpu_slots(None, 2) == ['3', '5']
