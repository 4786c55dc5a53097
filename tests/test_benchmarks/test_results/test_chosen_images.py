# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Held-out images, other draws and other sets are other images than those of the config."""
from functools import partial
from pathlib import Path

import pytest

from benchmarks.results import chosen_images
from benchmarks.results.experiment_list import Experiment
from benchmarks.results.run_configs import load
from mmseg_entmin.datasets.splits import make_split, write_lists
from mmseg_entmin.datasets.toycells import TOYSTAINS, generate

ROW = 'supervised/unet_toycells_1-10'


@pytest.mark.parametrize('kind', ['supervised', 'entmin'])
def test_a_recipe_is_evaluated_on_images_that_it_is_not_trained_on(kind):
    cfg = load(f'{kind}/unet_wbc_1-10')
    options = Experiment(f'{kind}/unet_wbc_1-10', 'wbc1', 0, 'validation').options(cfg, Path('none'))
    assert options['val_dataloader.dataset.indices'] == [*range(90, 135)]
    assert options.get('train_dataloader.dataset.unlabeled.indices') == (90 if kind == 'entmin' else None)
    assert Experiment(f'{kind}/unet_wbc_1-10', 'wbc1', 0).options(cfg, Path('none')) == {}


@pytest.mark.parametrize('config', [
    'supervised/unet_wbc_1-10_augmented', 'supervised/unet_wbc_1-10_recolored', 'entmin/unet_wbc_1-10',
    'entmin_plus/ablation/unet_wbc_1-10_labeled-alone'])
def test_another_draw_labels_other_images_and_all_else_is_unlabeled(config, tmp_path):
    pool = [f'{index:03d}' for index in range(40)]
    write_lists({tmp_path / 'wbc1' / 'splits' / 'train.txt': pool[::-1]})
    cfg = load(config)
    draws = []
    for seed in range(3):
        run_cfg = cfg.copy()
        run_cfg.merge_from_dict(Experiment(config, 'wbc1', seed, 'draws').options(cfg, tmp_path))
        dataset = run_cfg.train_dataloader.dataset
        labeled = dataset.get('labeled', dataset)
        assert labeled.ann_file == 'splits/train.txt' and len(labeled.indices) == 4
        assert [pool[index] for index in labeled.indices] == make_split(pool, '1/10', seed + 1)[0]
        if 'labeled' in dataset:
            expected = labeled.indices if 'alone' in config else sorted({*range(40)} - {*labeled.indices})
            assert dataset.unlabeled.ann_file == 'splits/train.txt' and dataset.unlabeled.indices == expected
        elif 'recolored' in config:
            references = dataset.pipeline[3].references
            assert references.indices == sorted({*range(40)} - {*labeled.indices}) and references.type == dataset.type
        assert run_cfg.val_dataloader == cfg.val_dataloader
        draws.append(tuple(labeled.indices))
    assert len({*draws, tuple(map(int, make_split(pool, '1/10', 0)[0]))}) == 4  # that of the config is none of them


def test_another_set_has_other_images_than_the_config_and_each_seed_its_own(tmp_path, monkeypatch):
    few = partial(generate, num_train=20, num_test=1, size=32)
    monkeypatch.setattr(chosen_images, 'generate', few)
    few(tmp_path / 'toycells')
    sets = [Experiment(ROW, 'toycells', 0).root(tmp_path)]
    assert sets == [tmp_path / 'toycells']
    sets += [Experiment(ROW, 'toycells', seed, 'sets').root(tmp_path) for seed in (0, 1)]
    assert len({(root / 'images' / '000.png').read_bytes() for root in sets}) == 3
    assert len({(root / 'splits' / '1-10_labeled.txt').read_text() for root in sets}) == 3
    assert sets[1:] == [tmp_path / 'toycells_1', tmp_path / 'toycells_2']


def test_five_seeds_share_a_set_with_another_stain(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(chosen_images, 'generate', lambda root, **options: made.append((root.name, options)) or root)
    for seed in (0, 4, 5, 14):
        Experiment('entmin/unet_toystains_1-10', 'toystains', seed, 'stains').root(tmp_path)
    assert [name for name, _ in made] == ['toystains', 'toystains', 'toystains_1', 'toystains_2']
    assert [options for _, options in made] == [dict(TOYSTAINS, seed=seed) for seed in (0, 0, 1, 2)]


@pytest.mark.parametrize('config', [
    'supervised/unet_wbc_1-10_augmented', 'supervised/unet_wbc_all_augmented', 'supervised/unet_wbc_1-10_recolored',
    'entmin/unet_wbc_1-10'])
@pytest.mark.parametrize('split', ['laboratory', 'back'])
def test_the_evaluated_images_of_another_laboratory_train_nothing(config, split, tmp_path):
    write_lists({tmp_path / 'wbc2' / 'splits' / 'all.txt': [f'{index:03d}' for index in range(7)]})
    halves = []
    for seed in range(3):
        cfg = load(config)
        cfg.merge_from_dict(Experiment(config, 'wbc1', seed, split).options(cfg, tmp_path))
        dataset, other = cfg.train_dataloader.dataset, None
        if 'labeled' in dataset:
            dataset, other = dataset.labeled, dataset.unlabeled
        elif 'recolored' in config:
            other = dataset.pipeline[3].references
        evaluated = cfg.val_dataloader.dataset
        masks_of = Path(dataset.data_root).name
        assert masks_of == ('wbc2' if (split == 'laboratory') == ('_all_' in config) else 'wbc1')
        assert Path(evaluated.data_root).name == ('wbc2' if split == 'laboratory' else 'wbc1')
        for part in (dataset, other):
            if part and part.data_root == evaluated.data_root:  # the other half, or the training images
                assert part.ann_file != evaluated.ann_file or not {*part.indices} & {*evaluated.indices}
        assert other is None or other.data_root == evaluated.data_root
        halves.append(next((part.indices for part in (evaluated, dataset) if 'indices' in part), None))
    if halves[0]:  # all labels on the way back are those of the other set
        assert halves[0] == halves[2] != halves[1] and sorted(halves[0] + halves[1]) == [*range(7)]


@pytest.mark.parametrize('config', [
    'supervised/deeplabv2_camvid_1-8_small_recolored', 'supervised/deeplabv2_camvid_all_small',
    'entmin_plus/ablation/deeplabv2_camvid_1-8_small-recolored'])
def test_the_evaluated_frames_of_dusk_train_nothing(config, tmp_path):
    stems = [*(f'0001TP_{frame}' for frame in range(4)), *(f'0016E5_{frame}' for frame in range(5))]
    write_lists({tmp_path / 'camvid' / 'splits' / 'train.txt': stems[::-1]})
    for seed in range(3):
        first, second = ([0, 1], [2, 3])[::1 if seed % 2 == 0 else -1]
        cfg = load(config)
        experiment = Experiment(config, 'camvid', seed, 'dusk')
        cfg.merge_from_dict(experiment.options(cfg, tmp_path))
        assert cfg.val_dataloader.dataset.indices == second and experiment.target(tmp_path)['indices'] == first
        assert cfg.val_dataloader.dataset.data_prefix.img_path == 'images/train'
        dataset = cfg.train_dataloader.dataset
        labeled = dataset.get('labeled', dataset)
        assert labeled.indices == (first if '_all_' in config else [4, 5, 6, 7, 8])
        if 'labeled' in dataset:
            assert dataset.unlabeled.indices == first and cfg.model.ramp_up.iters == 90
        elif 'recolored' in config:
            assert dataset.pipeline[2].references.indices == first
        assert cfg.train_cfg.max_iters == cfg.param_scheduler[0].end == 300


def test_few_masks_of_a_half_are_drawn_for_each_seed(tmp_path):
    write_lists({tmp_path / 'wbc2' / 'splits' / 'all.txt': [f'{index:03d}' for index in range(40)]})
    draws, halves = [], []
    for seed in range(4):
        for split, found in (('back5', draws), ('back', halves)):
            options = Experiment('entmin/unet_wbc_1-10', 'wbc1', seed, split).options(
                load('entmin/unet_wbc_1-10'), tmp_path)
            found.append(options['train_dataloader.dataset.labeled.indices'])
    assert all(len(draw) == 5 and {*draw} < {*half} for draw, half in zip(draws, halves)) and draws[0] != draws[2]


def test_validation_images_give_no_colors():
    cfg = load('supervised/unet_wbc_1-10_recolored')
    cfg.merge_from_dict(Experiment('x', 'wbc1', 0, 'validation').options(cfg, Path('none')))
    assert cfg.train_dataloader.dataset.pipeline[3].references.indices == 90
