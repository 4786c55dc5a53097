# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The generated configs are read by MMEngine, and give all methods of a cell the same images."""
from dataclasses import replace

import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmseg_entmin.compare.configs import best_text, config_path, run_seed, write_configs
from mmseg_entmin.compare.plan import Run, make_plan
from mmseg_entmin.compare.project import read_project
from mmseg_entmin.datasets import samplers
from mmseg_entmin.datasets.splits import read_list
from mmseg_entmin.engine.runner import ResumableRunner


@pytest.fixture
def folder(project, tmp_path):
    plan = make_plan(project, ['double', 'supervised', 'control', 'entmin', 'entmin_plus', 'unimatch'], 3, 1, 8,
                     curve=True)
    write_configs(project, plan, tmp_path / 'compare', workers=False)
    return plan, tmp_path / 'compare'


def test_methods(folder):
    plan, place = folder
    cfgs = {run.method: Config.fromfile(config_path(run, place)) for run in plan.runs_of(plan.cells[1])[:6]}
    assert {name: cfg.model.type for name, cfg in cfgs.items()} == dict(
        double='EncoderDecoder', supervised='EncoderDecoder', control='EntMin', entmin='EntMin',
        entmin_plus='EntMinConsistency', unimatch='UniMatch')
    assert {name: cfg.train_dataloader.batch_size for name, cfg in cfgs.items()} == dict(
        double=4, supervised=2, control=4, entmin=4, entmin_plus=4, unimatch=4)
    assert cfgs['control'].model.unsupervised_losses == [] and 'unsupervised_losses' not in cfgs['entmin'].model
    assert cfgs['entmin_plus'].model.ramp_up.iters == 2
    for cfg in cfgs.values():
        assert cfg.train_cfg.max_iters == cfg.train_cfg.val_interval == 8
        assert cfg.param_scheduler[0].end == 12  # 6 of 4 iterations
        assert cfg.randomness.seed == run_seed(Run('double', plan.cells[1])) == 1
        assert cfg.default_hooks.checkpoint.interval == 2 and cfg.train_dataloader.num_workers == 0
        data = cfg.train_dataloader.dataset
        labeled = data.get('labeled', data)
        assert read_list(cfg.val_dataloader.dataset.ann_file) == plan.cells[1].held
        assert not set(read_list(labeled.ann_file)) & set(plan.cells[1].held)
        if 'labeled' in data:
            assert data.unlabeled.ann_file == 'splits/unlabeled.txt'


def test_the_order_of_the_images_is_that_of_all_methods(folder):
    plan, place = folder

    class Images(list):
        num_labeled, num_unlabeled = 8, 6

    def labeled(method, count):
        cfg = Config.fromfile(config_path(Run(method, plan.cells[0]), place))
        options = dict(cfg.train_dataloader.sampler)
        sampler = getattr(samplers, options.pop('type'))(Images(range(8)), seed=3, **options)
        indices = (index for index in sampler if index < 8)
        return [next(indices) for _ in range(count)]

    assert labeled('double', 40) == labeled('supervised', 40) == labeled('entmin', 40) == labeled('unimatch', 40)


@pytest.mark.parametrize('sources', [1, 2])
def test_unlabeled_images_of_held_out_groups(project_folder, tmp_path, sources):
    path = project_folder / 'cells_semi.py'
    if sources == 2:
        path.write_text(path.read_text().replace("unlabeled='splits/unlabeled.txt'", (
            "unlabeled=['splits/unlabeled.txt', "
            "dict(ann_file='splits/more.txt', data_prefix=dict(img_path='other'))]")))
        (project_folder / 'splits' / 'more.txt').write_text('12\n14\n17\n')
    project = read_project(project_folder)
    names = [*project.masks, *sum(project.unlabeled, [])]
    plan = make_plan(project, ['double', 'entmin', 'cps'], 3, 1, 4, {name: str(int(name) % 6) for name in names})
    write_configs(project, plan, tmp_path, workers=True)
    held = {int(name) % 6 for name in plan.cells[0].held}
    for method in ('entmin', 'cps'):
        cfg = Config.fromfile(config_path(Run(method, plan.cells[0]), tmp_path))
        unlabeled = cfg.train_dataloader.dataset.unlabeled
        parts = unlabeled.get('datasets') or [unlabeled]
        assert len(parts) == sources
        for part, whole in zip(parts, project.unlabeled):
            assert read_list(part.ann_file) == [name for name in whole if int(name) % 6 not in held]
        assert parts[-1].data_prefix.img_path == ('other' if sources == 2 else 'images')


def test_shares_of_the_learning_curve(folder):
    plan, place = folder
    run = plan.runs_of(plan.cells[0])[-1]
    assert run.name == 'double_1-2_seed0_fold0'
    cfg = Config.fromfile(config_path(run, place))
    assert len(read_list(cfg.train_dataloader.dataset.ann_file)) == 4


@pytest.mark.parametrize('method', ['double', 'entmin', 'unimatch'])
def test_the_config_for_all_masks(folder, project, method):
    place = folder[1]
    path = place / 'cells_best.py'
    path.write_text(best_text(method, place))
    cfg = Config.fromfile(path)
    data = cfg.train_dataloader.dataset
    assert read_list(data.get('labeled', data).ann_file) == project.masks
    assert cfg.val_dataloader is None and cfg.val_cfg is None and cfg.val_evaluator is None


def test_workers_of_a_gpu_stay(project, tmp_path):
    plan = replace(make_plan(project, ['double', 'entmin'], 3, 1, 4))
    write_configs(project, plan, tmp_path, workers=True)
    text = (tmp_path / 'methods' / 'entmin.py').read_text()
    assert 'num_workers' not in text and 'cache_mib' not in text and 'param_scheduler' not in text


def test_augmentation_is_that_of_all_methods(project_folder, tmp_path):
    path = project_folder / 'cells_supervised.py'
    path.write_text(path.read_text().replace("dict(type='PackSegInputs')]", (
        "dict(type='RandomFlip', prob=0.5), dict(type='RandomCrop', crop_size=(12, 12)), "
        "dict(type='PhotoMetricDistortion'), dict(type='PackSegInputs')]"), 1))
    plan = make_plan(read_project(project_folder), ['supervised', 'entmin', 'fixmatch'], 3, 1, 4)
    write_configs(read_project(project_folder), plan, tmp_path, workers=False)
    seen = {}
    for method in plan.methods:
        cfg = Config.fromfile(config_path(Run(method, plan.cells[0]), tmp_path))
        with DefaultScope.overwrite_default_scope('mmseg'):
            loader = ResumableRunner.build_dataloader(cfg.train_dataloader, seed=cfg.randomness.seed)
        batches = [next(batches) for batches in [iter(loader)] for _ in range(6)]
        seen[method] = [image for batch in batches for image in batch['inputs'][:plan.labeled]]
    for method in ('entmin', 'fixmatch'):
        assert len(seen[method]) == 12
        assert all((one == other).all() for one, other in zip(seen['supervised'], seen[method]))
    assert any((one != other).any() for one, other in zip(seen['supervised'], seen['supervised'][1:]))
