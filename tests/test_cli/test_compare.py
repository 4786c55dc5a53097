# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``entmin compare``: from a project to the sentence, the table, the page and the config for all masks."""
import json
import time

import numpy as np
import pytest

from entmin.command_line import main
from mmseg_entmin.compare.results import read_rows
from mmseg_entmin.compare.table import FILE
from tests.fake_runs import train as fake
from tests.stress.compare_kills import content, finish, kill


@pytest.fixture
def fast(forked, monkeypatch):
    monkeypatch.setattr('mmseg_entmin.cli.compare.train_one', fake)


def test_a_whole_comparison(project_folder, forked, capsys):
    main(['compare', str(project_folder), '--folds', '2', '--seeds', '1', '--methods', 'entmin', '--curve',
          '--jobs', '1'])
    out = capsys.readouterr().out
    assert 'plan: 2 folds x 1 seed of 12 masks, 6 held out at a time; 2 methods: double, entmin' in out
    folder = project_folder / 'compare'
    page = (folder / 'report.html').read_text()
    sentence = next(line for line in out.splitlines() if line.startswith('Unlabeled images: '))
    assert sentence in page and page.index('class="answer"') < page.index('<h2')
    assert page.index('difference in each fold') < page.index('Loss of the first fold')
    assert page.count('<img') == 5 * 8 and 'What is missing' not in page
    assert '12 more masks: about ' in out
    table = (folder / FILE).read_bytes()
    results = [json.loads(path.read_text()) for path in folder.glob('work_dirs/*/result.json')]
    assert len(results) == 2 * 4 and all(result['state'] == 'done' for result in results)
    main(['compare', str(project_folder)])
    assert 'going on with the plan' in capsys.readouterr().out and (folder / FILE).read_bytes() == table
    main(['train', str(folder / 'cells_best.py'), '--work-dir', str(folder / 'best')])
    assert (folder / 'best' / 'iter_4.pth').is_file()


def test_the_same_table_after_kills(project_folder, forked, monkeypatch):
    """Three kills; `python -m tests.stress.compare_kills` makes ten of a longer comparison."""
    monkeypatch.setattr('mmseg_entmin.cli.compare.make_page', lambda *args: _Page())
    command = ['compare', str(project_folder), '--methods', 'entmin', '--folds', '2', '--seeds', '1', '--iters', '8',
               '--jobs', '2', '--out']
    whole, killed = project_folder / 'whole', project_folder / 'killed'
    begun, rng = time.monotonic(), np.random.default_rng(0)
    finish([*command, str(whole)])
    seconds = time.monotonic() - begun
    for runs in range(3):  # of 4
        kill([*command, str(killed)], killed, runs, rng.uniform(0, 0.2 * seconds), bool(rng.integers(2)))
    finish([*command, str(killed)])
    assert content(whole) == content(killed)
    assert len(read_rows(whole)) == 4


def test_another_plan(project_folder, fast, capsys):
    command = ['compare', str(project_folder), '--methods', 'entmin', '--folds', '3']
    main([*command, '--plan-only'])
    with pytest.raises(SystemExit, match='was begun with --folds 3, not 4; .* --force'):
        main(['compare', str(project_folder), '--folds', '4'])
    with open(project_folder / 'cells_semi.py', 'a') as file:
        file.write('# changed\n')
    with pytest.raises(SystemExit, match='has changed since the comparison'):
        main(command)
    main(['compare', str(project_folder), '--methods', 'control', '--folds', '2', '--force', '--plan-only'])
    assert 'plan: 2 folds x 2 seeds' in capsys.readouterr().out


def test_a_budget(project_folder, fast, capsys):
    main(['compare', str(project_folder), '--budget', '10m', '--folds', '2', '--seeds', '1', '--iters', '4',
          '--plan-only'])
    out = capsys.readouterr().out
    assert 'measuring 20 steps of 5 methods' in out and 'minutes of the budget of 10' in out
    assert not (project_folder / 'compare' / 'measured').exists()


def test_a_failed_run_shows_in_the_exit_status(project_folder, fast, monkeypatch, capsys):
    monkeypatch.setattr('mmseg_entmin.cli.compare.make_page', lambda *args: _Page())
    command = ['compare', str(project_folder), '--methods', 'entmin', '--folds', '2', '--seeds', '1']
    main([*command, '--plan-only'])
    with open(project_folder / 'compare' / 'runs' / 'entmin_seed0_fold1.py', 'a') as file:
        file.write('# broken\n')
    with pytest.raises(SystemExit) as error:
        main(command)
    assert error.value.code == 3
    assert '1 run failed: entmin_seed0_fold1.' in capsys.readouterr().out
    path = project_folder / 'compare' / 'runs' / 'entmin_seed0_fold1.py'
    path.write_text(path.read_text().replace('broken', 'mended'))
    with pytest.raises(SystemExit):
        main(command)
    main([*command, '--retry'])
    assert capsys.readouterr().out.count('1 run failed') == 1, 'of the start before'


class _Page:
    def html(self):
        return ''


@pytest.mark.parametrize(('options', 'message'), [
    (['--methods', 'unimach'], "--methods 'unimach' is unknown"),
    (['--folds', '20'], '20 folds of 12 masks: give 2 to 12'),
    (['--groups', '('], 'neither a file nor a pattern'),
    (['--budget', 'soon'], 'write a time like 2h'),
])
def test_options_that_do_not_work(project_folder, options, message):
    with pytest.raises(SystemExit) as error:
        main(['compare', str(project_folder), *options])
    assert message in str(error.value)
