# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of what the command line tools share."""
import errno
import os
from argparse import ArgumentParser
from unittest import mock

import pytest
import torch
from mmengine.config import Config

from mmseg_entmin.cli import common as cli


def parse(*argv: str):
    parser = ArgumentParser()
    cli.add_common_arguments(parser)
    return parser.parse_args([str(value) for value in argv])


@pytest.fixture(autouse=True)
def own_environment():
    """Undoes what a test writes into the environment; reading a config alone writes LOCAL_RANK."""
    with mock.patch.dict(os.environ):
        yield


class TestLoadConfig:

    @pytest.fixture
    def config(self, tmp_path):
        path = tmp_path / 'small.py'
        path.write_text("data_root = 'a'\nmodel = dict(depth=18)\n"
                        "test_dataloader = dict(dataset=dict(data_root=data_root))\n")
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
        cfg = cli.load_config(parse(config, '--data-root', tmp_path, '--cfg-options', 'model.depth=50',
                                    'test_dataloader.dataset.data_root=b'))
        assert (cfg.data_root, cfg.test_dataloader.dataset.data_root, cfg.model.depth) == (str(tmp_path), 'b', 50)

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

    def test_components_of_an_installed_base_are_found(self, tmp_path):
        """MMEngine gives what a base 'mmseg_entmin::...' holds this scope, which no registry has."""
        path = tmp_path / 'child.py'
        path.write_text("model = dict(type='EntMin', _scope_='mmseg_entmin')\n")
        assert cli.read_config(str(path)).model._scope_ == 'mmseg'


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


def test_a_work_dir_that_cannot_be_made(tiny_config, tmp_path):
    cfg = Config.fromfile(tiny_config)
    for work_dir in (tiny_config, tiny_config / 'below'):
        cfg.work_dir = str(work_dir)
        with pytest.raises(cli.UsageError, match='work dir .*tiny_fcn.py.* cannot be made: .*; give another'):
            cli.build_runner(cfg)


def test_a_work_dir_that_cannot_be_written_to(tmp_path, monkeypatch):
    def full(dir):
        raise OSError(errno.ENOSPC, 'No space left on device', dir)

    cli.make_work_dir(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(cli, 'TemporaryFile', full)
    with pytest.raises(cli.UsageError, match=f"work dir '{tmp_path}' cannot be written to: No space left on device; "):
        cli.make_work_dir(str(tmp_path))


@pytest.mark.parametrize('options, message', [
    (dict(), "a.pth' is not of config .*: it lacks .* weights, like backbone"),
    (dict(training=True), r"load_from='.*a.pth': none of its 1 weights fits the model of config"),
    (dict(training=True, resume=True), "a.pth' is not of config"),
])
def test_a_checkpoint_of_another_model_is_refused(tiny_config, tiny_dataset, tmp_path, options, message):
    torch.save(dict(state_dict=dict(w=torch.zeros(1))), tmp_path / 'a.pth')
    cfg = Config.fromfile(tiny_config)
    cfg.merge_from_dict(dict(work_dir=str(tmp_path / 'work'), load_from=str(tmp_path / 'a.pth'), launcher='none',
                             resume=options.get('resume', False)))
    cli.redirect_data_root(cfg, str(tiny_dataset))
    with pytest.raises(cli.UsageError, match=message):
        cli.build_runner(cfg, options.get('training', False))
