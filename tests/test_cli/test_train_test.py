# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of tools/train.py and tools/test.py: as a user runs them, and their options one by one."""
import json
import shutil

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS
from PIL import Image

from entmin.command_line import main, parse
from mmseg_entmin.cli import test as test_command
from mmseg_entmin.cli import train
from mmseg_entmin.config import boards
from tests import processes
from tests.raw_masks import write_tiff


def test_train_resume_and_test(repo_root, tool_env, tiny_config, tiny_dataset, tmp_path):
    """Trains 4 iterations, resumes in a moved work dir up to 6, and tests the result with every output switched on."""

    def run(name, *args, run=processes.run):
        status, log = run(repo_root / 'tools' / f'{name}.py', tiny_config, *args, '--data-root', tiny_dataset,
                          cwd=tmp_path, env=tool_env)
        assert status == 0, log
        return log

    run('train', '--seed', 7, run=processes.started)  # the one training that imports everything itself
    first = tmp_path / 'work_dirs' / 'tiny_fcn'
    assert (first / 'iter_2.pth').is_file() and (first / 'iter_4.pth').is_file()

    moved = tmp_path / 'moved'
    shutil.move(first, moved)
    log = run('train', '--work-dir', moved, '--resume', '--cfg-options', 'train_cfg.max_iters=6')
    assert 'resumed epoch: 0, iter: 4' in log
    assert 'Iter(train) [5/6]' in log and 'Iter(train) [4/6]' not in log
    checkpoint = torch.load(moved / 'iter_6.pth', weights_only=False)
    assert checkpoint['meta']['iter'] == 6
    dumped = Config.fromfile(moved / 'tiny_fcn.py')
    assert dumped.randomness.seed == 7
    assert dumped.train_dataloader.dataset.data_root == str(tiny_dataset)

    out, show, work = tmp_path / 'out', tmp_path / 'show', tmp_path / 'tested'
    log = run('test', moved / 'iter_6.pth', '--work-dir', work, '--tta', '--out', out, '--show-dir', show)
    assert 'mIoU' in log
    stems = {path.stem for path in (tiny_dataset / 'annotations').glob('01[3-6].png')}
    assert {path.stem for path in out.glob('*.png')} == stems
    assert list(show.rglob('*.png'))
    metrics, = work.glob('*/*.json')
    assert 0 <= json.loads(metrics.read_text())['mIoU'] <= 100
    assert Config.fromfile(work / 'tiny_fcn.py').model.type == 'SegTTAModel'


class TestTrainOptions:

    @pytest.mark.parametrize('argv, message', [
        (['absent.py'], "config file 'absent.py' does not exist"),
        (['CONFIG', '--resume', 'absent.pth'], "checkpoint 'absent.pth' does not exist"),
        (['CONFIG', '--data-root', 'absent'], "'absent' is not a folder"),
        (['CONFIG', '--cfg-options', 'train_dataloader.sampler.type=LabeledUnlabeledSampler'], 'labeled=None: a'),
        (['CONFIG', '--cfg-options', 'max_iters=2'], 'nothing reads max_iters; set train_cfg.max_iters'),
        (['CONFIG', '--cfg-options', 'load_from=no where.pth'], "checkpoint 'no where.pth' does not exist"),
        (['CONFIG', '--check-data', 'some'], "check_data='some': give a number of seconds"),
        (['CONFIG', '--seed', '-1'], 'randomness.seed=-1: give a whole number'),
        (['CONFIG'], 'splits/train.txt: no such list'),
    ])
    def test_mistakes(self, tiny_config, argv, message):
        with pytest.raises(SystemExit, match=message):
            main(['train', *(str(tiny_config) if value == 'CONFIG' else value for value in argv)])

    def test_amp_without_gpu(self, tiny_config, monkeypatch):
        monkeypatch.setattr(train, 'get_device', lambda: 'cpu')
        with pytest.raises(SystemExit, match='--amp needs a GPU'):
            main(['train', str(tiny_config), '--amp'])

    @pytest.mark.parametrize('wrapper', [
        dict(type='OptimWrapper', optimizer=dict(type='SGD')),
        dict(optimizer=dict(type='SGD')),
        dict(type='AmpOptimWrapper', loss_scale='dynamic', optimizer=dict(type='SGD')),
    ])
    def test_amp(self, monkeypatch, wrapper):
        monkeypatch.setattr(train, 'get_device', lambda: 'cuda')
        cfg = Config(dict(optim_wrapper=wrapper))
        train.enable_amp(cfg)
        assert cfg.optim_wrapper == dict(type='AmpOptimWrapper', loss_scale='dynamic', optimizer=dict(type='SGD'))

    def test_amp_with_optimizers_of_submodules(self, monkeypatch, repo_root):
        monkeypatch.setattr(train, 'get_device', lambda: 'cuda')
        cfg = Config.fromfile(repo_root / 'configs/advsemiseg/unet_wbc_1-10.py')
        train.enable_amp(cfg)
        assert cfg.optim_wrapper.type == 'AmpOptimWrapper' and cfg.optim_wrapper.loss_scale == 'dynamic'
        assert cfg.optim_wrapper.constructor == 'SubmoduleOptimWrapperConstructor'

    @pytest.mark.parametrize('wrapper', [
        dict(type='OwnWrapper', optimizer=dict(type='SGD')),
        dict(constructor='Two', generator=dict(), discriminator=dict()),
    ])
    def test_amp_of_other_wrappers(self, monkeypatch, wrapper):
        monkeypatch.setattr(train, 'get_device', lambda: 'cuda')
        with pytest.raises(ValueError, match='single OptimWrapper'):
            train.enable_amp(Config(dict(optim_wrapper=wrapper)))

    def test_resume(self, tmp_path):
        cfg = Config(dict(work_dir=str(tmp_path), load_from='pretrained.pth'))
        train.resume_training(cfg, train.LATEST)
        # Without a checkpoint it is a usual start, from the pretrained weights.
        assert cfg.to_dict() == dict(work_dir=str(tmp_path), load_from='pretrained.pth')
        torch.save(dict(meta={}, state_dict={}, message_hub={}, optimizer={}), tmp_path / 'iter_2.pth')
        (tmp_path / 'last_checkpoint').write_text('/moved/away/iter_2.pth')
        train.resume_training(cfg, train.LATEST)
        assert cfg.resume is True and cfg.load_from == str(tmp_path / 'iter_2.pth')

    def test_resume_goes_on_with_the_seed_of_the_checkpoint(self, tiny_config, tmp_path):
        path = tmp_path / 'iter_2.pth'
        torch.save(dict(meta=dict(seed=1), state_dict={}, message_hub={}, optimizer={}), path)
        cfg = Config(dict(work_dir=str(tmp_path), randomness=dict(seed=0)))
        train.resume_training(cfg, train.LATEST)
        assert cfg.randomness.seed == 1
        train.resume_training(cfg, train.LATEST, seed=1)
        for option in (['--seed', '2'], ['--cfg-options', 'randomness.seed=2']):
            with pytest.raises(SystemExit, match=f"seed 2 is asked for, but checkpoint '{path}' is .* with seed 1; "):
                main(['train', str(tiny_config), '--resume', str(path), *option])


class TestTestOptions:

    def test_missing_checkpoint(self, tiny_config):
        with pytest.raises(SystemExit, match="checkpoint 'absent.pth' does not exist"):
            main(['test', str(tiny_config), 'absent.pth'])

    def test_a_checkpoint_of_another_model(self, tiny_config, tmp_path):
        torch.save(dict(state_dict=dict(w=torch.zeros(1))), tmp_path / 'a.pth')
        for options in ([], ['--tta']):
            with pytest.raises(SystemExit, match="a.pth' is not of config .*: it lacks .* weights"):
                main(['test', str(tiny_config), str(tmp_path / 'a.pth'), '--work-dir', str(tmp_path), *options])

    def test_masks_that_the_loader_inverts_are_not_scored(self, tiny_config, tiny_dataset, tmp_path):
        tiny_config.write_text(tiny_config.read_text().replace("seg_map_suffix='.png'", "seg_map_suffix='.tif'"))
        for path in (tiny_dataset / 'annotations').iterdir():
            write_tiff(path.with_suffix('.tif'), np.array(Image.open(path)), photometric=int(path.stem != '015'))
        cfg = Config.fromfile(tiny_config)
        with DefaultScope.overwrite_default_scope('mmseg'):
            torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), tmp_path / 'a.pth')
        with pytest.raises(SystemExit, match=r'error: .*015\.tif: PhotometricInterpretation 0 .*inverts the stored'):
            main(['test', str(tiny_config), str(tmp_path / 'a.pth'), '--work-dir', str(tmp_path), '--data-root',
                  str(tiny_dataset)])

    def test_show_needs_the_hook(self, tiny_config):
        args = parse(['test', 'CONFIG', 'CKPT', '--show', '--wait-time', '0.5', '--show-dir', 'painted'])
        with pytest.raises(ValueError, match='default_hooks.visualization'):
            test_command.draw_predictions(Config(dict(default_hooks=dict())), args)
        cfg = Config.fromfile(tiny_config)
        test_command.draw_predictions(cfg, args)
        assert cfg.default_hooks.visualization == dict(type='SegVisualizationHook', draw=True, show=True, wait_time=0.5)
        assert cfg.visualizer.save_dir == 'painted'

    def test_tta_needs_its_parts(self):
        with pytest.raises(ValueError, match='--tta needs tta_pipeline in config'):
            test_command.use_tta(Config(dict(tta_model=dict(type='SegTTAModel'))))

    def test_boundaries_add_a_metric_or_set_its_tolerance(self):
        cfg = Config(dict(test_evaluator=dict(type='IoUMetric')))
        test_command.add_boundary_metric(cfg, 2.)
        test_command.add_boundary_metric(cfg, 5.)
        assert [dict(metric) for metric in cfg.test_evaluator] == [
            dict(type='IoUMetric'), dict(type='BoundaryMetric', tolerance=5.)]

    def test_out_goes_to_every_metric(self):
        cfg = Config(dict(test_evaluator=[dict(type='IoUMetric'), dict(type='CityscapesMetric')]))
        test_command.save_predictions(cfg, 'maps')
        assert [evaluator['output_dir'] for evaluator in cfg.test_evaluator] == ['maps', 'maps']
        assert cfg.test_evaluator[1].keep_results is True

    def test_out_leaves_alone_what_writes_nothing(self, tmp_path):
        cfg = Config(dict(test_evaluator=[dict(type='ClassIoUMetric'), dict(type='CalibrationMetric')]))
        test_command.save_predictions(cfg, str(tmp_path))
        with DefaultScope.overwrite_default_scope('mmseg'):
            writes, calibration = Evaluator(cfg.test_evaluator).metrics
        assert writes.output_dir == str(tmp_path) and not hasattr(calibration, 'output_dir')
        with pytest.raises(ValueError, match="--out 'maps' needs a metric that writes predictions"):
            test_command.save_predictions(Config(dict(test_evaluator=dict(type='CalibrationMetric'))), 'maps')


def test_board(tiny_config, monkeypatch):
    """Needs its package, and says so in one line before anything is built."""
    monkeypatch.setattr(boards, 'find_spec', lambda name: None)
    with pytest.raises(SystemExit, match='error: --board wandb needs the package: pip install wandb'):
        main(['train', str(tiny_config), '--board', 'wandb'])
    with pytest.raises(SystemExit):
        parse(['train', str(tiny_config), '--board', 'paper'])
