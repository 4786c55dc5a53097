# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from dataclasses import replace

import pytest

from mmseg_entmin.compare.plan import decision_points, lists_of, load_plan, make_plan


def test_every_mask_is_held_out_once_a_seed(plan, project):
    for seed in (0, 1):
        cells = [cell for cell in plan.cells if cell.seed == seed]
        assert sorted(sum((cell.held for cell in cells), [])) == project.masks
    assert [cell.held for cell in plan.cells[:3]] != [cell.held for cell in plan.cells[3:]]
    runs = plan.runs()
    assert len({run.name for run in runs}) == len(runs) == 6 * 5
    assert [run.method for run in runs[:5]] == plan.methods


def test_a_plan_is_read_as_it_was_saved(plan, tmp_path):
    plan.save(tmp_path)
    assert load_plan(tmp_path) == plan


def test_lists(plan, project):
    lists = lists_of(project, replace(plan, curve=True))
    for cell in plan.cells:
        train, half, quarter = (set(lists[f'{cell.name}_train{part}']) for part in ('', '_1-2', '_1-4'))
        assert train | set(cell.held) == set(project.masks) and not train & set(cell.held)
        assert quarter < half < train and (len(quarter), len(half), len(train)) == (2, 4, 8)
    assert not any('unlabeled' in name for name in lists)


def test_unlabeled_images_of_a_held_out_group_are_left_out(project):
    groups = {name: str(int(name) % 6) for name in [*project.masks, *project.unlabeled[0]]}
    plan = make_plan(project, ['double', 'entmin'], 3, 1, 4, groups)
    lists = lists_of(project, plan)
    for cell in plan.cells:
        held = {groups[name] for name in cell.held}
        assert len(held) == 2
        for part in ('train', 'unlabeled_0'):
            assert not held & {groups[name] for name in lists[f'{cell.name}_{part}']}
        assert len(lists[f'{cell.name}_unlabeled_0']) == 4


def test_no_unlabeled_image_is_left(project):
    groups = {name: '0' if name in project.unlabeled[0] else str(int(name) % 6) for name in [
        *project.masks, *project.unlabeled[0]]}
    with pytest.raises(ValueError, match='none is left to train on'):
        make_plan(project, ['double', 'entmin'], 3, 1, 4, groups)


def test_numbers_that_do_not_fit(project):
    with pytest.raises(ValueError, match='13 folds of 12 masks'):
        make_plan(project, ['double', 'entmin'], 13, 1, 4)
    with pytest.raises(ValueError, match='seeds=0'):
        make_plan(project, ['double', 'entmin'], 3, 0, 4)


def test_small_folds_have_small_batches(project):
    few = replace(project, masks=project.masks[:4], presence=project.presence[:4], labeled_batch=3)
    assert make_plan(few, ['double', 'entmin'], 2, 1, 4).labeled == 2


@pytest.mark.parametrize(('cells', 'points'), [(2, []), (3, []), (5, [3, 4]), (6, [3, 4]), (10, [4, 7]), (15, [5, 10])])
def test_decisions(cells, points):
    assert decision_points(cells) == points
