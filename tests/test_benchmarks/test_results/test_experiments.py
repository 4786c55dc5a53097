# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The runner leaves one record a run, runs nothing twice and ends with the first failure."""
from pathlib import Path

import pytest

from benchmarks.results import experiments
from benchmarks.results.records import PACKAGES, append, read_all
from benchmarks.results.run_configs import load

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


def test_a_record_has_the_median_time_of_a_step():
    cfg = load(ROW)
    lines = [dict(loss=1., time=time) for time in (0.1, 0.2, 9.)] + [dict(mIoU=50., time=0.)]
    record = experiments.record(experiments.Experiment(ROW, 'x', 0), cfg, Path('none'), lines)
    assert record['seconds_per_iteration'] == 0.2
