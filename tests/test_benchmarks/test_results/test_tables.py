# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Experiments leave one JSON file a run, are not run twice, and the tables come from these files alone."""
import json
import runpy
from pathlib import Path

import pytest

from benchmarks.results.methods import peers
from benchmarks.results.run_configs import exists, load
from benchmarks.results.sections import SECTIONS, Section
from mmseg_entmin.datasets.splits import make_split, write_lists
from mmseg_entmin.datasets.toycells import generate

ROW = 'supervised/unet_toycells_1-10'


@pytest.fixture
def results(tmp_path):
    """Files of two seeds of two rows, as experiments.py writes them."""
    folder = tmp_path / 'results'
    folder.mkdir()
    for config, start in ((ROW, 70.), ('entmin/unet_toycells_1-10', 72.)):
        for seed in (0, 1):
            metrics = dict.fromkeys(('mFscore', 'mRecall', 'mPrecision', 'aAcc'), 90.) | dict(mIoU=start + 2 * seed)
            result = dict(config=config, seed=seed, metrics=metrics, iterations=500, test_list='splits/test.txt',
                          seconds_per_iteration=0.1, parameters=1000)
            (folder / f"{config.replace('/', '-')}_seed{seed}.json").write_text(json.dumps(result))
    return folder


def test_tables_state_mean_deviation_and_paired_gain(repo_root, results, tmp_path):
    runpy.run_path(str(repo_root / 'benchmarks/results/tables.py'))['main'](
        ['--results', str(results), '--out', str(tmp_path / 'results.md')])
    text = (tmp_path / 'results.md').read_text()
    assert '| supervised | 71.00 ± 1.41 | 90.00 ± 0.00 |' in text
    assert '| entropy minimization | 73.00 ± 1.41 |' in text and '| +2.00 ± 0.00 |' in text
    assert 'all labels |' not in text and 'WBC' not in text  # nothing is in the table that was not run


def test_the_peers_table_states_cost_memory_and_extra_parameters(repo_root, tmp_path):
    """Rows without a result are absent, the chart needs accuracy and cost."""
    folder = tmp_path / 'results'
    (folder / 'cost').mkdir(parents=True)
    rows = (('supervised/unet_wbc_1-10_augmented', 80., 1000, 500), ('advsemiseg/unet_wbc_1-10', 82., 3500, 540))
    for config, miou, parameters, memory in rows:
        for seed in (0, 1):
            result = dict(config=config, seed=seed, metrics=dict(mIoU=miou + seed), iterations=600,
                          test_list='splits/test.txt', parameters=parameters, peak_memory_mib=memory + 2 * seed)
            (folder / f"{config.replace('/', '-')}_seed{seed}.json").write_text(json.dumps(result))
    steps = [dict(config=config, ratio=ratio) for (config, *_), ratio in zip(rows, (1., 6.5))]
    (folder / 'cost/wbc.json').write_text(json.dumps(dict(steps=steps)))
    runpy.run_path(str(repo_root / 'benchmarks/results/tables.py'))['main'](
        ['--results', str(folder), '--out', str(tmp_path / 'results.md')])
    text = (tmp_path / 'results.md').read_text()
    assert '| AdvSemiSeg | 82.50 ± 0.71 | +2.00 ± 0.00 |' in text
    row = next(line for line in text[text.index('## The peers'):].splitlines() if line.startswith('| AdvSemiSeg'))
    assert '| × 6.50 | 541 MiB | +2,500 |' in row
    assert 'UniMatch' not in text and '(figures/wbc_peers.png)' in text
    assert (tmp_path / 'figures/wbc_peers.png').is_file()


def test_the_first_table_has_every_method_on_every_data_set(repo_root, results):
    tables = runpy.run_path(str(repo_root / 'benchmarks/results/tables.py'))
    other = json.loads((results / 'supervised-unet_toycells_1-10_seed0.json').read_text())
    for seed in (0, 1):
        for config, miou in (('supervised/unet_wbc_1-10_augmented', 80. + seed), ('fixmatch/unet_wbc_1-10', 79.)):
            run = other | dict(config=config, seed=seed, metrics=dict(mIoU=miou))
            (results / f"{config.replace('/', '-')}_seed{seed}.json").write_text(json.dumps(run))
    lines = tables['write_overview'](tables['load'](results), {'fixmatch/unet_wbc_1-10': 2.1})
    assert lines[1:-1] == [
        '| | blood cells | generated cells | cost of a step |',
        '|---|---|---|---|',
        '| supervised | 80.50 ± 0.71 | 71.00 ± 1.41 |  |',
        '| **entropy minimization** |  | +2.00 ± 0.00 |  |',
        '| FixMatch | -1.50 ± 0.50 |  | × 2.10 |']
    assert tables['write_overview']({}, {}) == []


def test_differences_of_other_rows_than_the_first_are_stated(repo_root, tmp_path):
    folder = tmp_path / 'results'
    folder.mkdir()
    for config, miou in (('supervised/unet_wbc_1-10', 60.), ('entmin/unet_wbc_1-10', 72.),
                         ('entmin/ablation/unet_wbc_1-10_filled-control', 70.)):
        for seed in (0, 1, 2):
            metrics = dict.fromkeys(('mFscore', 'mRecall', 'mPrecision', 'aAcc'), 90.)
            result = dict(config=config, seed=seed, iterations=600, test_list='', parameters=1, multiply_adds=1,
                          metrics=metrics | dict(mIoU=miou + seed * (1 + (miou == 72.))))
            (folder / f"{config.replace('/', '-')}_seed{seed}.json").write_text(json.dumps(result))
    runpy.run_path(str(repo_root / 'benchmarks/results/tables.py'))['main'](
        ['--results', str(folder), '--out', str(tmp_path / 'results.md')])
    text = (tmp_path / 'results.md').read_text()
    assert '- the losses of the recipe, over their control: **+3.00 ± 0.58** (p 0.035, 3 seeds)' in text
    assert 'the same with black corners' not in text


def test_all_that_is_shown_has_a_config():
    """A peer need not have one for every data set."""
    missing = {config for section in SECTIONS for config, _ in section.rows if not exists(config)}
    assert {config.split('/')[0] for config in missing} <= {method.runs for method in peers()}


def test_committed_tables_are_those_of_the_committed_results(repo_root, tmp_path):
    runpy.run_path(str(repo_root / 'benchmarks/results/tables.py'))['main'](['--out', str(tmp_path / 'results.md')])
    assert (tmp_path / 'results.md').read_text() == (repo_root / 'docs/results.md').read_text()


def test_what_is_done_is_not_run_again(repo_root, results, capsys):
    main = runpy.run_path(str(repo_root / 'benchmarks/results/experiments.py'))['main']
    main(['--results', str(results), '--list', '--only', 'toycells'])
    lines = capsys.readouterr().out.splitlines()
    assert 'done    supervised-unet_toycells_1-10_seed0' in lines
    assert 'missing supervised-unet_toycells_1-10_seed2' in lines
    main(['--results', str(results), '--only', 'supervised-unet_toycells_1-10_seed[01]'])


def test_a_failure_ends_the_series(repo_root, tmp_path, monkeypatch):
    """Not after hundreds of other runs."""
    main = runpy.run_path(str(repo_root / 'benchmarks/results/experiments.py'))['main']
    begun = []

    def fail(experiment, *paths):
        begun.append(experiment.name)
        raise SystemExit('error: no space left')

    monkeypatch.setitem(main.__globals__, 'run', fail)
    with pytest.raises(SystemExit, match='no space left'):
        main(['--results', str(tmp_path), '--only', 'supervised', '--jobs', '1'])
    assert len(begun) < 5


def test_the_size_of_a_network_counts_both_heads(repo_root):
    size = runpy.run_path(str(repo_root / 'benchmarks/results/experiments.py'))['size']
    plain, ours = (size(f'{kind}/unet_wbc_1-10') for kind in ('supervised', 'entmin'))
    assert ours['parameters'] > plain['parameters'] and ours['multiply_adds'] > plain['multiply_adds']


def test_a_run_leaves_its_json(repo_root, tiny_dataset, tmp_path, monkeypatch):
    """A stand-in for train.py writes what a training logs; the rest is the real thing."""
    module = runpy.run_path(str(repo_root / 'benchmarks/results/experiments.py'))
    experiment = module['Experiment'](ROW, 'tiny', 3)
    stand_in = tmp_path / 'python'
    stand_in.write_text(
        '#!/bin/sh\necho "$@" > "$(dirname $0)/arguments"\n'
        'for a; do case $last in --work-dir) dir=$a;; esac; last=$a; done\n'
        'mkdir -p $dir/1/vis_data\n'
        'echo \'{"loss": 1.0, "time": 0.2, "step": 50}\' > $dir/1/vis_data/scalars.json\n'
        'echo \'{"mIoU": 50.0, "time": 0.1, "step": 50}\' >> $dir/1/vis_data/scalars.json\n')
    stand_in.chmod(0o755)
    monkeypatch.setattr('sys.executable', str(stand_in))
    module['run'](experiment, tmp_path, tmp_path / 'work', tmp_path / 'results')
    result = json.loads((tmp_path / 'results' / f'{experiment.name}.json').read_text())
    assert result['metrics'] == dict(mIoU=50.0) and result['seconds_per_iteration'] == 0.2
    assert result['seed'] == 3 and result['iterations'] == 500 and result['parameters'] > 1e6
    assert result['split'] == 'test' and result['multiply_adds'] > 1e6 and result['peak_memory_mib'] > 0
    assert result['labeled_list'] == 'splits/1-10_labeled.txt' and len(result['config_sha256']) == 64
    assert result['commit'] == module['commit']() and len(result['commit']) in (0, 40)
    judged = module['Experiment']('supervised/unet_wbc_1-10', 'wbc1', 0, 'validation')
    module['run'](judged, tmp_path, tmp_path / 'work', tmp_path / 'results')
    result = json.loads((tmp_path / 'results' / 'supervised-unet_wbc_1-10_validation_seed0.json').read_text())
    assert result['split'] == 'validation' and result['test_list'] == 'splits/1-10_unlabeled.txt'
    assert 'val_dataloader.dataset.ann_file=splits/1-10_unlabeled.txt' in (tmp_path / 'arguments').read_text()
    module['run'](judged, tmp_path, tmp_path / 'work', tmp_path / 'results')  # once more: nothing is left to train
    assert 'peak_memory_mib' not in json.loads((tmp_path / 'results' / f'{judged.name}.json').read_text())
    stand_in.write_text('#!/bin/sh\nexit 3\n')
    with pytest.raises(SystemExit, match='ended with status 3; see .*output.log'):
        module['run'](experiment, tmp_path, tmp_path / 'work', tmp_path / 'results')


@pytest.mark.parametrize('kind', ['supervised', 'entmin'])
def test_a_recipe_is_judged_by_images_that_it_is_not_trained_on(repo_root, kind):
    module = runpy.run_path(str(repo_root / 'benchmarks/results/experiments.py'))
    cfg = load(f'{kind}/unet_wbc_1-10')
    options = module['Experiment'](f'{kind}/unet_wbc_1-10', 'wbc1', 0, 'validation').options(cfg, Path('none'))
    assert options['val_dataloader.dataset.indices'] == [*range(90, 135)]
    assert options.get('train_dataloader.dataset.unlabeled.indices') == (90 if kind == 'entmin' else None)
    assert module['Experiment'](f'{kind}/unet_wbc_1-10', 'wbc1', 0).options(cfg, Path('none')) == {}


@pytest.mark.parametrize('config', [
    'supervised/unet_wbc_1-10_augmented', 'supervised/unet_wbc_1-10_recolored', 'entmin/unet_wbc_1-10',
    'entmin_plus/ablation/unet_wbc_1-10_labeled-alone'])
def test_another_draw_labels_other_images_and_all_else_is_unlabeled(repo_root, config, tmp_path):
    module = runpy.run_path(str(repo_root / 'benchmarks/results/experiments.py'))
    pool = [f'{index:03d}' for index in range(40)]
    write_lists({tmp_path / 'wbc1' / 'splits' / 'train.txt': pool[::-1]})
    cfg = load(config)
    draws = []
    for seed in range(3):
        run_cfg = cfg.copy()
        run_cfg.merge_from_dict(module['Experiment'](config, 'wbc1', seed, 'draws').options(cfg, tmp_path))
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


def test_another_set_has_other_images_than_the_config_and_each_seed_its_own(repo_root, tmp_path):
    experiment = runpy.run_path(str(repo_root / 'benchmarks/results/experiments.py'))['Experiment']
    generate(tmp_path / 'toycells')
    sets = [experiment(ROW, 'toycells', 0).root(tmp_path)]
    assert sets == [tmp_path / 'toycells']
    sets += [experiment(ROW, 'toycells', seed, 'sets').root(tmp_path) for seed in (0, 1)]
    assert len({(root / 'images' / '000.png').read_bytes() for root in sets}) == 3
    assert len({(root / 'splits' / '1-10_labeled.txt').read_text() for root in sets}) == 3
    assert sets[1:] == [tmp_path / 'toycells_1', tmp_path / 'toycells_2']


def test_a_table_of_draws_names_the_worst(repo_root, results):
    for path in results.glob('*.json'):
        path.write_text(json.dumps(json.loads(path.read_text()) | dict(split='draws')))
    tables = runpy.run_path(str(repo_root / 'benchmarks/results/tables.py'))
    section = Section('x', '', ((ROW, 'a'), ('entmin/unet_toycells_1-10', 'b')), split='draws')
    runs = {config: found for (config, _), found in tables['load'](results).items()}
    assert tables['table'](section, runs, {})[0].endswith('| mIoU | worst | gain | p | draws |')
    assert '| b | 73.00 ± 1.41 | 72.00 | +2.00 ± 0.00 |' in tables['table'](section, runs, {})[3]


def test_images_that_judge_give_no_colors(repo_root):
    module = runpy.run_path(str(repo_root / 'benchmarks/results/experiments.py'))
    cfg = load('supervised/unet_wbc_1-10_recolored')
    cfg.merge_from_dict(module['Experiment']('x', 'wbc1', 0, 'validation').options(cfg, Path('none')))
    assert cfg.train_dataloader.dataset.pipeline[3].references.indices == 90


def test_weights_that_are_not_trained_are_not_counted(repo_root):
    size = runpy.run_path(str(repo_root / 'benchmarks/results/experiments.py'))['size']
    alone, taught = (size(f'{kind}/unet_toycells_1-10')
                     for kind in ('entmin', 'entmin_plus'))
    assert alone['parameters'] == taught['parameters']


def test_a_record_has_the_median_time_of_a_step(repo_root):
    module = runpy.run_path(str(repo_root / 'benchmarks/results/experiments.py'))
    cfg = load(ROW)
    lines = [dict(loss=1., time=time) for time in (0.1, 0.2, 9.)] + [dict(mIoU=50., time=0.)]
    assert module['record'](module['Experiment'](ROW, 'x', 0), cfg, Path('none'), lines)['seconds_per_iteration'] == 0.2
