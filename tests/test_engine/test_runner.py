# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The runner gives samples seeds of their own and swaps the checkpoint hook; the config stays as it is."""
import pytest
from mmengine.config import Config
from mmengine.hooks import CheckpointHook
from mmseg.evaluation import IoUMetric
from torch.utils.data import DataLoader

from mmseg_entmin.config.read_config import redirect_data_root
from mmseg_entmin.engine.build import build_runner, prepare_run
from mmseg_entmin.engine.hooks import ExactResumeHook, PreemptionHook, SafeCheckpointHook
from mmseg_entmin.engine.resume.sample_seeds import SeededDataset, SeededSampler
from mmseg_entmin.engine.runner import ResumableRunner, exact


def test_a_stock_config(tiny_config, tiny_dataset, tmp_path):
    cfg = Config.fromfile(tiny_config)
    redirect_data_root(cfg, str(tiny_dataset))
    cfg.work_dir = str(tmp_path / 'work')
    prepare_run(cfg)
    runner = build_runner(cfg)
    kinds = [type(hook) for hook in runner.hooks]
    assert {SafeCheckpointHook, ExactResumeHook, PreemptionHook} <= set(kinds) and CheckpointHook not in kinds
    loader = runner.build_dataloader(cfg.train_dataloader, seed=5)
    assert isinstance(loader.dataset, SeededDataset) and isinstance(loader.sampler, SeededSampler)
    assert loader.dataset.metainfo['classes'] == ('background', 'square', 'disc') and len(loader.dataset) == 12
    assert loader.sampler.seed == loader.sampler.sampler.seed == 5
    dumped = Config.fromfile(tmp_path / 'work' / 'tiny_fcn.py')
    assert dumped.default_hooks.checkpoint.type == 'CheckpointHook'
    assert dumped.train_dataloader.sampler.type == 'InfiniteSampler'


@pytest.mark.parametrize('kind', ['CheckpointHook', 'mmengine.CheckpointHook', CheckpointHook])
def test_any_spelling_of_the_checkpoint_hook(kind):
    runner = ResumableRunner.__new__(ResumableRunner)
    runner._hooks = []
    runner.register_hook(dict(type=kind, interval=7, by_epoch=False))
    assert type(runner.hooks[0]) is SafeCheckpointHook and runner.hooks[0].interval == 7


def test_a_loader_that_is_built_stays_what_it_is():
    loader = DataLoader([1, 2, 3])
    assert ResumableRunner.build_dataloader(loader) is loader and loader.dataset == [1, 2, 3]


@pytest.mark.parametrize('kind', ['IoUMetric', 'mmseg.IoUMetric', IoUMetric])
def test_any_spelling_of_mmsegs_metric_counts_exactly(kind):
    assert exact(dict(type=kind, nan_to_num=0)) == dict(type='ExactIoUMetric', nan_to_num=0)


def test_other_metrics_stay():
    for metric in (dict(type='ClassIoUMetric'), dict(type='CityscapesMetric'), IoUMetric()):
        assert exact(metric) is metric
