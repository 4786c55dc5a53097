# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the page shows of results, with and without the data of the runs. `tests/test_cli` has a page of real runs."""
import pytest

from mmseg_entmin.compare.curve import Curve
from mmseg_entmin.compare.page import comparable, make_page, shown
from mmseg_entmin.compare.run import Progress
from mmseg_entmin.compare.statistics import difference
from mmseg_entmin.compare.verdict import judge


@pytest.fixture
def progress(plan):
    rows = {run.name: dict(
        run=run.name, method=run.method, seed=run.cell.seed, fold=run.cell.fold, share='1', state='done',
        mIoU=60 + run.cell.fold + 3 * (run.method == 'entmin'), **{'IoU.<cell>': 50. + run.cell.seed},
        seconds_per_step=0.1, memory_mib=300) for run in plan.runs()}
    return Progress(rows, {'control': 3}, len(plan.cells))


def make(plan, progress, folder, curve=None):
    rows = progress.rows
    progress.rows = {name: dict(row, state='failed', reason='<no> disk') if name == 'entmin_seed0_fold0' else row
                     for name, row in rows.items()}
    return make_page(plan, progress, judge(plan, progress), curve, folder)


def test_without_work_dirs(plan, progress, tmp_path):
    with pytest.raises(FileNotFoundError):
        make(plan, progress, tmp_path)


def test_the_order_of_the_page(plan, progress, tmp_path, monkeypatch):
    monkeypatch.setattr('mmseg_entmin.compare.page.read_run', lambda path: _Run())
    monkeypatch.setattr('mmseg_entmin.compare.page.flatten', lambda config: {})
    progress.rows['entmin_seed1_fold0']['IoU.<cell>'] = 0.
    curve = Curve([2, 4, 8], [50., 60., 70.], 12, difference([3., 3.1, 2.9], 3))
    page = make(plan, progress, tmp_path, curve)
    text = page.html()
    places = [text.index(part) for part in (
        page.verdict.sentence[:40], '&lt;cell&gt; in 1 of 5 runs of ours', '12 more masks: about',
        'id="differences"', 'difference and its interval',
        'id="cost"', 'id="curve"', 'id="how"', 'Every run')]
    assert places == sorted(places)
    assert 'dropped after 3' in text and 'failed: &lt;no&gt; disk' in text and '&lt;cell&gt;' in text
    assert [line.split(':')[0] for line in page.missing] == ['Predictions of supervised, twice the images a step']
    assert '"True" means: on further images like these' in text.replace('\n', ' ').replace('&#34;', '"')


class _Run:
    name, config, train, checkpoint = '', None, [], None


def test_settings_that_only_the_form_of_a_config_makes_differ():
    assert comparable({'train_dataloader.dataset.labeled.img_suffix': '.png', 'model.decode_head.head.channels': 4,
                       'train_dataloader.dataset.unlabeled.img_suffix': '.png', 'model.type': 'EntMin'}) == {
        'train_dataloader.dataset.img_suffix': '.png', 'model.decode_head.channels': 4, 'model.type': 'EntMin'}


def test_the_method_that_is_shown(plan, progress):
    assert shown(judge(plan, progress)) == 'entmin'
    gains = dict(supervised=20., control=9., entmin_plus=3., entmin=1.)
    for row in progress.rows.values():  # far apart in the folds: no method is found to be better
        row['mIoU'] = 60 + gains.get(row['method'], 0.) * (1., -1.5, 1.5)[row['fold']]
    assert shown(judge(plan, progress)) == 'entmin_plus'
    progress.rows = {}
    assert shown(judge(plan, progress)) == 'entmin_plus'


def test_classes_and_methods(plan, progress, tmp_path, monkeypatch):
    """Two methods with classes and one class: methods are the rows; one without a result is left out."""
    monkeypatch.setattr('mmseg_entmin.compare.page.read_run', lambda path: _Run())
    monkeypatch.setattr('mmseg_entmin.compare.page.flatten', lambda config: {})
    progress.rows = {name: row for name, row in progress.rows.items() if row['method'] != 'entmin_plus'}
    page = make(plan, progress, tmp_path)
    table = page.classes()
    assert table.columns == ['method', '<cell>']
    assert [name for name, _ in table.rows] == ['supervised', 'control', 'ours']
    for row in page.verdict.rows:
        if row.classes:
            row.classes.update({f'{k}': row.classes['<cell>'] for k in range(4)})
    assert page.classes().columns == ['class', 'supervised', 'control', 'ours']
