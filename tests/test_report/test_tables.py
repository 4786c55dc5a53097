# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What stands in the tables."""
import pytest

from mmseg_entmin.report import tables
from mmseg_entmin.report.group import group_runs
from mmseg_entmin.report.work_dir import read_run


@pytest.fixture
def groups(make_work_dir):
    """mmseg's own, and two seeds of the method."""
    return group_runs([read_run(make_work_dir(name, kind, seed, done, miou)) for name, kind, seed, done, miou in (
        ('base', None, 0, 40, 60.), ('semi_0', 'EntMin', 0, 40, 72.), ('semi_1', 'EntMin', 1, 20, 70.))])


def texts(table):
    return {getattr(header, 'name', header): [(cell.text, cell.note) for cell in cells] for header, cells in table.rows}


def test_summary(groups):
    table = tables.summary(groups)
    assert table.columns == ['run', 'mIoU', 'accuracy', 'seeds', 'trained']
    assert texts(table) == dict(
        base=[('60.00', None), ('90.00', None), ('0', None), ('40 of 40 iterations', None)],
        semi=[('71.00 ± 1.41', '+11.00'), ('90.00 ± 0.00', '+0.00'), ('0, 1', None),
              ('40 of 40 iterations; 20 of 40 iterations', None)])


def test_by_class(groups):
    iou, fscore = tables.by_class(groups)
    assert iou.columns == ['class', 'base', 'semi'] and fscore.caption == 'F1 by class, in percent'
    assert texts(iou)['square'] == [('50.00', None), ('61.00 ± 1.41', '+11.00')]
    assert texts(iou)['disc'][1][0].startswith('nan')


def test_cost(groups):
    assert texts(tables.cost(groups)) == dict(
        base=[('0.100', None), ('× 1.00', None), ('100', None)],
        semi=[('0.150 ± 0.071', None), ('× 1.50', None), ('100 ± 1', None)])


def test_settings_that_differ(groups):
    table = tables.settings(groups)
    assert texts(table)['model.type'] == [('EncoderDecoder', None), ('EntMin', None)]
    assert texts(table)['model.cls_head.type'] == [('–', None), ('UncertaintyClsHead', None)]
    assert 'model.backbone.type' not in texts(table)
    assert tables.settings(groups[:1]).rows == []


def test_environment(groups):
    assert texts(tables.environments(groups))['seed'] == [('0', None), ('0, 1', None)]


def test_a_group_without_anything(groups):
    for run in groups[1].runs:
        run.train, run.val, run.classes, run.environment = [], [], {}, {}
    assert texts(tables.summary(groups))['semi'][0] == ('–', None)
    assert texts(tables.cost(groups))['semi'] == [('–', None)] * 3
    assert texts(tables.by_class(groups)[0])['square'][1] == ('–', None)


def test_all_differences_are_from_the_first_row(make_work_dir):
    kinds = ((None, 60.), ('EntMin', 72.), ('EntMinConsistency', 75.))
    groups = group_runs([read_run(make_work_dir(str(kind), kind, 0, 40, miou)) for kind, miou in kinds])
    assert [note for _, note in texts(tables.by_class(groups)[0])['square']] == [None, '+12.00', '+15.00']
    assert 'train_cfg.max_iters' not in texts(tables.settings(groups))
    groups[1].settings['model.type'] = groups[0].settings['model.type']
    assert 'model.type' in texts(tables.settings(groups)), 'the third differs'


def test_cost_is_the_median_time_and_the_largest_memory(groups):
    groups[0].runs[0].train = [dict(time=time, memory=memory) for time, memory in ((.1, 100), (.2, 300), (9., 200))]
    assert [cell for cell, _ in texts(tables.cost(groups))['base']] == ['0.200', '× 1.00', '300']
