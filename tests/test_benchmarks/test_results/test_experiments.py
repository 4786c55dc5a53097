# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Experiments leave one record a run and are not run twice; splits, draws and sets choose other images."""
from functools import partial
from pathlib import Path

import pytest

from benchmarks.results import chosen_images, experiments
from benchmarks.results.records import PACKAGES, append, read_all
from benchmarks.results.run_configs import load
from mmseg_entmin.datasets.splits import make_split, write_lists
from mmseg_entmin.datasets.toycells import generate

ROW = 'supervised/unet_toycells_1-10'


def test_what_is_done_is_not_run_again(tmp_path, capsys):
    for seed in (0, 1):
        append(dict(config=ROW, split='test', seed=seed, metrics=dict(mIoU=70.)), tmp_path)
    experiments.main(['--records', str(tmp_path), '--list', '--only', 'toycells'])
    lines = capsys.readouterr().out.splitlines()
    assert 'done    supervised-unet_toycells_1-10_seed0' in lines
    assert 'missing supervised-unet_toycells_1-10_seed2' in lines
    experiments.main(['--records', str(tmp_path), '--only', 'supervised-unet_toycells_1-10_seed[01]'])


def test_a_failure_ends_the_series(tmp_path, monkeypatch):
    """Not after hundreds of other runs."""
    begun = []

    def fail(experiment, *paths):
        begun.append(experiment.name)
        raise SystemExit('error: no space left')

    monkeypatch.setattr(experiments, 'run', fail)
    with pytest.raises(SystemExit, match='no space left'):
        experiments.main(['--records', str(tmp_path), '--only', 'supervised', '--jobs', '1'])
    assert len(begun) < 5


def test_the_size_of_a_network_counts_both_heads():
    plain, ours = (experiments.size(f'{kind}/unet_wbc_1-10') for kind in ('supervised', 'entmin'))
    assert ours['parameters'] > plain['parameters'] and ours['multiply_adds'] > plain['multiply_adds']


def test_a_run_leaves_its_record(tiny_dataset, tmp_path, monkeypatch):
    """A stand-in for train.py writes what a training logs; the rest is the real thing."""
    experiment = experiments.Experiment(ROW, 'tiny', 3)
    stand_in = tmp_path / 'python'
    stand_in.write_text(
        '#!/bin/sh\necho "$@" > "$(dirname $0)/arguments"\n'
        'for a; do case $last in --work-dir) dir=$a;; esac; last=$a; done\n'
        'mkdir -p $dir/1/vis_data\n'
        'echo \'{"loss": 1.0, "time": 0.2, "step": 50}\' > $dir/1/vis_data/scalars.json\n'
        'echo \'{"mIoU": 50.0, "time": 0.1, "step": 50}\' >> $dir/1/vis_data/scalars.json\n')
    stand_in.chmod(0o755)
    monkeypatch.setattr('sys.executable', str(stand_in))
    experiments.run(experiment, tmp_path, tmp_path / 'work', tmp_path / 'records')
    result, = read_all(tmp_path / 'records')
    assert result['metrics'] == dict(mIoU=50.0) and result['seconds_per_iteration'] == 0.2
    assert result['seed'] == 3 and result['iterations'] == 500 and result['parameters'] > 1e6
    assert result['split'] == 'test' and result['multiply_adds'] > 1e6 and result['peak_memory_mib'] > 0
    assert result['labeled_list'] == 'splits/1-10_labeled.txt' and {*result['versions']} == {*PACKAGES}
    assert result.get('commit', '') == experiments.commit() and len(experiments.commit()) in (0, 40)
    held_out = experiments.Experiment('supervised/unet_wbc_1-10', 'wbc1', 0, 'validation')
    experiments.run(held_out, tmp_path, tmp_path / 'work', tmp_path / 'records')
    result = read_all(tmp_path / 'records')[-1]
    assert result['split'] == 'validation' and result['test_list'] == 'splits/1-10_unlabeled.txt'
    assert 'val_dataloader.dataset.ann_file=splits/1-10_unlabeled.txt' in (tmp_path / 'arguments').read_text()
    # once more, without its record: nothing is left to train
    experiments.run(held_out, tmp_path, tmp_path / 'work', tmp_path / 'again')
    assert 'peak_memory_mib' not in read_all(tmp_path / 'again')[0]
    stand_in.write_text('#!/bin/sh\nexit 3\n')
    with pytest.raises(SystemExit, match='ended with status 3; see .*output.log'):
        experiments.run(experiment, tmp_path, tmp_path / 'work', tmp_path / 'records')


@pytest.mark.parametrize('kind', ['supervised', 'entmin'])
def test_a_recipe_is_judged_by_images_that_it_is_not_trained_on(kind):
    cfg = load(f'{kind}/unet_wbc_1-10')
    options = experiments.Experiment(f'{kind}/unet_wbc_1-10', 'wbc1', 0, 'validation').options(cfg, Path('none'))
    assert options['val_dataloader.dataset.indices'] == [*range(90, 135)]
    assert options.get('train_dataloader.dataset.unlabeled.indices') == (90 if kind == 'entmin' else None)
    assert experiments.Experiment(f'{kind}/unet_wbc_1-10', 'wbc1', 0).options(cfg, Path('none')) == {}


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
        run_cfg.merge_from_dict(experiments.Experiment(config, 'wbc1', seed, 'draws').options(cfg, tmp_path))
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
    few = partial(generate, num_train=20, num_test=1)
    monkeypatch.setattr(chosen_images, 'generate', few)
    few(tmp_path / 'toycells')
    sets = [experiments.Experiment(ROW, 'toycells', 0).root(tmp_path)]
    assert sets == [tmp_path / 'toycells']
    sets += [experiments.Experiment(ROW, 'toycells', seed, 'sets').root(tmp_path) for seed in (0, 1)]
    assert len({(root / 'images' / '000.png').read_bytes() for root in sets}) == 3
    assert len({(root / 'splits' / '1-10_labeled.txt').read_text() for root in sets}) == 3
    assert sets[1:] == [tmp_path / 'toycells_1', tmp_path / 'toycells_2']


def test_images_that_judge_give_no_colors():
    cfg = load('supervised/unet_wbc_1-10_recolored')
    cfg.merge_from_dict(experiments.Experiment('x', 'wbc1', 0, 'validation').options(cfg, Path('none')))
    assert cfg.train_dataloader.dataset.pipeline[3].references.indices == 90


def test_weights_that_are_not_trained_are_not_counted():
    alone, fused = (experiments.size(f'{kind}/unet_toycells_1-10')
                     for kind in ('entmin', 'entmin_plus'))
    assert alone['parameters'] == fused['parameters']


def test_a_record_has_the_median_time_of_a_step():
    cfg = load(ROW)
    lines = [dict(loss=1., time=time) for time in (0.1, 0.2, 9.)] + [dict(mIoU=50., time=0.)]
    record = experiments.record(experiments.Experiment(ROW, 'x', 0), cfg, Path('none'), lines)
    assert record['seconds_per_iteration'] == 0.2
