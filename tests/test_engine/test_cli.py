# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of what the command line tools share."""
import os
from argparse import ArgumentParser
from unittest import mock

import pytest
import torch
from mmengine.config import Config
from torch import distributed as dist

from mmseg_entmin.engine import cli


def parse(*argv: str):
    parser = ArgumentParser()
    cli.add_common_arguments(parser)
    return parser.parse_args([str(value) for value in argv])


@pytest.fixture(autouse=True)
def own_environment():
    """Undoes what a test writes into the environment; reading a config alone writes LOCAL_RANK."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(cli, 'get_device', lambda: 'cpu')


@pytest.fixture
def fake_gloo(monkeypatch):
    """Lets a run be distributed on paper; holds the backends that were asked for."""
    backends = []
    monkeypatch.setattr(dist, 'init_process_group', backends.append)
    monkeypatch.setattr(cli.atexit, 'register', lambda function: None)
    for name in ('RANK', 'WORLD_SIZE', 'LOCAL_RANK'):
        monkeypatch.setenv(name, '1')
    return backends


class TestLoadConfig:

    @pytest.fixture
    def config(self, tmp_path):
        path = tmp_path / 'small.py'
        path.write_text("data_root = 'a'\nmodel = dict(depth=18)\nloader = dict(dataset=dict(data_root=data_root))\n")
        return path

    def test_defaults(self, config):
        cfg = cli.load_config(parse(config))
        assert cfg.launcher == 'none'
        assert cfg.work_dir == os.path.join('./work_dirs', 'small')
        assert cfg.data_root == 'a'

    def test_work_dir_of_the_command_line_wins_over_the_file(self, config):
        config.write_text("work_dir = 'from_file'\n")
        assert cli.load_config(parse(config)).work_dir == 'from_file'
        assert cli.load_config(parse(config, '--work-dir', 'from_line')).work_dir == 'from_line'

    def test_cfg_options_win_over_data_root(self, config, tmp_path):
        cfg = cli.load_config(
            parse(config, '--data-root', tmp_path, '--cfg-options', 'model.depth=50', 'loader.dataset.data_root=b'))
        assert (cfg.data_root, cfg.loader.dataset.data_root, cfg.model.depth) == (str(tmp_path), 'b', 50)

    @pytest.mark.parametrize('option', ['--local_rank', '--local-rank'])
    def test_local_rank_is_exported_unless_set(self, config, option):
        os.environ.pop('LOCAL_RANK', None)
        cli.load_config(parse(config, f'{option}=3'))
        assert os.environ['LOCAL_RANK'] == '3'
        cli.load_config(parse(config, f'{option}=4'))
        assert os.environ['LOCAL_RANK'] == '3'

    def test_missing_file(self):
        with pytest.raises(cli.UsageError, match="config file 'absent.py' does not exist"):
            cli.load_config(parse('absent.py'))

    def test_mmseg_bases_are_found(self, tmp_path):
        path = tmp_path / 'child.py'
        path.write_text("_base_ = ['mmseg::_base_/models/fcn_unet_s5-d16.py']\n")
        assert cli.load_config(parse(path)).model.backbone.type == 'UNet'


class TestRedirectDataRoot:

    def test_every_depth(self, tmp_path):
        datasets = [dict(data_root='a'), dict(dataset=dict(data_root=None)), dict(other='a')]
        cfg = Config(dict(data_root='a', train=dict(dataset=dict(datasets=datasets)), pair=(dict(data_root='b'), 1)))
        cli.redirect_data_root(cfg, str(tmp_path))
        first, second, third = cfg.train.dataset.datasets
        assert cfg.data_root == first.data_root == second.dataset.data_root == cfg.pair[0]['data_root'] == str(tmp_path)
        assert third == dict(other='a')

    def test_not_a_folder(self, tmp_path):
        with pytest.raises(cli.UsageError, match="'.*absent' is not a folder"):
            cli.redirect_data_root(Config(dict(data_root='a')), str(tmp_path / 'absent'))

    def test_nothing_to_redirect(self, tmp_path):
        with pytest.raises(cli.UsageError, match='no data_root in config'):
            cli.redirect_data_root(Config(dict(model=dict())), str(tmp_path))


class TestAdaptToCpu:

    def test_leaves_a_gpu_run_alone(self, monkeypatch):
        monkeypatch.setattr(cli, 'get_device', lambda: 'cuda')
        cfg = Config(dict(launcher='pytorch', model=dict(norm_cfg=dict(type='SyncBN')), sync_bn='torch'))
        before = cfg.to_dict()
        cli.adapt_to_cpu(cfg)
        assert cfg.to_dict() == before

    def test_single_process_keeps_sync_bn(self, no_gpu):
        cfg = Config(dict(launcher='none', model=dict(norm_cfg=dict(type='SyncBN'))))
        cli.adapt_to_cpu(cfg)
        assert cfg.model.norm_cfg.type == 'SyncBN' and 'model_wrapper_cfg' not in cfg

    def test_amp_becomes_single_precision(self, no_gpu):
        wrapper = dict(type='AmpOptimWrapper', loss_scale='dynamic', dtype='bfloat16', optimizer=dict(type='SGD'))
        cfg = Config(dict(optim_wrapper=dict(wrapper, second=dict(wrapper))))
        cli.adapt_to_cpu(cfg)
        single = dict(type='OptimWrapper', optimizer=dict(type='SGD'))
        assert cfg.optim_wrapper == dict(single, second=single)

    def test_distributed(self, no_gpu, fake_gloo):
        norms = [dict(type='SyncBN'), dict(type='mmseg.MMSyncBN'), dict(type=torch.nn.SyncBatchNorm), dict(type='GN')]
        cfg = Config(dict(launcher='pytorch', model=dict(parts=norms, norm_cfg=norms[0]), sync_bn='torch'))
        cli.adapt_to_cpu(cfg)
        assert fake_gloo == ['gloo']
        assert [part['type'] for part in cfg.model.parts] == ['BN', 'BN', 'BN', 'GN']
        assert cfg.model.norm_cfg.type == 'BN' and 'sync_bn' not in cfg
        assert cfg.model_wrapper_cfg == dict(
            type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False, find_unused_parameters=False)

    def test_respects_the_config(self, no_gpu, fake_gloo):
        cfg = Config(dict(launcher='pytorch', model=dict(), find_unused_parameters=True))
        cli.adapt_to_cpu(cfg)
        assert cfg.model_wrapper_cfg.find_unused_parameters is True
        cfg = Config(dict(launcher='pytorch', model=dict(), model_wrapper_cfg=dict(type='Own', static_graph=True)))
        cli.adapt_to_cpu(cfg)
        assert cfg.model_wrapper_cfg == dict(type='Own', static_graph=True, device_ids=None)

    def test_launcher_without_its_environment(self, no_gpu):
        for name in ('SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_LOCALID'):
            os.environ.pop(name, None)
        with pytest.raises(cli.UsageError, match='SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID not set'):
            cli.adapt_to_cpu(Config(dict(launcher='slurm')))

    def test_slurm(self, no_gpu, fake_gloo, tmp_path):
        scontrol = tmp_path / 'scontrol'
        scontrol.write_text('#!/bin/sh\n[ "$*" = "show hostnames node[1-2]" ] && printf "node1\\nnode2\\n"\n')
        scontrol.chmod(0o755)
        os.environ.pop('MASTER_ADDR', None)
        os.environ.update(
            PATH=f'{tmp_path}:{os.environ["PATH"]}', SLURM_PROCID='5', SLURM_NTASKS='8', SLURM_LOCALID='2',
            SLURM_NODELIST='node[1-2]')
        cli.adapt_to_cpu(Config(dict(launcher='slurm', model=dict())))
        assert fake_gloo == ['gloo']
        names = ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'MASTER_ADDR', 'MASTER_PORT')
        assert [os.environ[name] for name in names] == ['5', '8', '2', 'node1', '29500']


def test_require_checkpoint(tmp_path):
    torch.save(dict(state_dict={}), tmp_path / 'a.pth')
    (tmp_path / 'empty.pth').touch()
    for good in (str(tmp_path / 'a.pth'), 'https://host/a.pth', 'open-mmlab://resnet18'):
        assert cli.require_checkpoint(good) == good
    with pytest.raises(cli.UsageError, match="checkpoint 'absent.pth' does not exist"):
        cli.require_checkpoint('absent.pth')
    with pytest.raises(cli.UsageError, match=r"empty.pth' cannot be read: it is empty"):
        cli.require_checkpoint(str(tmp_path / 'empty.pth'))


def test_usage_error_ends_the_program_with_its_message():
    """Python prints a code that is a text to stderr, without a traceback, and exits with status 1."""
    error = cli.UsageError('no such file')
    assert isinstance(error, SystemExit) and error.code == 'error: no such file'


@pytest.mark.parametrize('runner_type', [None, 'Runner'])
def test_build_runner_honours_runner_type(monkeypatch, runner_type):
    built = []
    monkeypatch.setattr(cli, 'adapt_to_cpu', lambda cfg: None)
    monkeypatch.setattr(cli.ResumableRunner, 'from_cfg', lambda cfg: built.append('default'))
    monkeypatch.setattr(cli.RUNNERS, 'build', lambda cfg: built.append(cfg.runner_type))
    cli.build_runner(Config(dict(runner_type=runner_type) if runner_type else dict()))
    assert built == [runner_type or 'default']


def test_data_that_is_refused_ends_with_one_line():

    class Runner:
        cfg = Config()

        @property
        def train_loop(self):
            raise FileNotFoundError('splits/1-8_labeled.txt: no such list')

    with pytest.raises(cli.UsageError, match='error: splits/1-8_labeled.txt: no such list'):
        cli.read_training_data(Runner())


def test_a_second_training_of_a_process_logs_into_its_own_folder(tiny_config, tmp_path, monkeypatch):
    monkeypatch.setattr('time.time', lambda: 1.8e9)  # in the same second too
    runners = []
    for name in ('first', 'second'):
        cfg = Config.fromfile(tiny_config)
        cfg.merge_from_dict(dict(
            work_dir=str(tmp_path / name), launcher='none', visualizer=dict(
                type='SegLocalVisualizer', vis_backends=[dict(type='LocalVisBackend')], name='visualizer')))
        runners.append(cli.build_runner(cfg))
    folders = [runner.visualizer._vis_backends['LocalVisBackend']._save_dir for runner in runners]
    assert '/first/' in folders[0] and '/second/' in folders[1]
    assert runners[0].logger is not runners[1].logger
