# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Configs are read from files and packages, and their data is where the command line says."""
import os
from types import SimpleNamespace
from unittest import mock

import pytest
from mmengine.config import Config

from mmseg_entmin.config import read_config as module
from mmseg_entmin.config.read_config import find_config, read_config, read_run_config, redirect_data_root


@pytest.fixture(autouse=True)
def own_environment():
    """Undoes what a test writes into the environment; reading a config alone writes LOCAL_RANK."""
    with mock.patch.dict(os.environ):
        yield


class TestReadRunConfig:

    @pytest.fixture
    def config(self, tmp_path):
        path = tmp_path / 'small.py'
        path.write_text("data_root = 'a'\nmodel = dict(depth=18)\n"
                        "test_dataloader = dict(dataset=dict(data_root=data_root))\n")
        return path

    def test_defaults(self, config):
        cfg = read_run_config(str(config))
        assert cfg.launcher == 'none'
        assert cfg.work_dir == os.path.join('./work_dirs', 'small')
        assert cfg.data_root == 'a'

    def test_work_dir_of_the_command_line_wins_over_the_file(self, config):
        config.write_text("work_dir = 'from_file'\n")
        assert read_run_config(str(config)).work_dir == 'from_file'
        assert read_run_config(str(config), 'from_line').work_dir == 'from_line'

    def test_cfg_options_win_over_data_root(self, config, tmp_path):
        cfg = read_run_config(str(config), data_root=str(tmp_path), cfg_options=[
            'model.depth=50', 'test_dataloader.dataset.data_root=b'])
        assert (cfg.data_root, cfg.test_dataloader.dataset.data_root, cfg.model.depth) == (str(tmp_path), 'b', 50)

    def test_local_rank_is_exported_unless_set(self, config):
        os.environ.pop('LOCAL_RANK', None)
        read_run_config(str(config), local_rank=3)
        assert os.environ['LOCAL_RANK'] == '3'
        read_run_config(str(config), local_rank=4)
        assert os.environ['LOCAL_RANK'] == '3'

    def test_missing_file(self):
        with pytest.raises(FileNotFoundError, match="config file 'absent.py' does not exist"):
            read_run_config('absent.py')

    def test_mmseg_bases_are_found(self, tmp_path):
        path = tmp_path / 'child.py'
        path.write_text("_base_ = ['mmseg::_base_/models/fcn_unet_s5-d16.py']\n")
        assert read_run_config(str(path)).model.backbone.type == 'UNet'

    def test_components_of_an_installed_base_are_found(self, tmp_path):
        """MMEngine gives what a base 'mmseg_entmin::...' holds this scope, which no registry has."""
        path = tmp_path / 'child.py'
        path.write_text("model = dict(type='EntMin', _scope_='mmseg_entmin')\n")
        assert read_config(str(path)).model._scope_ == 'mmseg'


class TestRedirectDataRoot:

    def test_every_depth(self, tmp_path):
        datasets = [dict(data_root='a'), dict(dataset=dict(data_root=None)), dict(other='a')]
        cfg = Config(dict(data_root='a', train=dict(dataset=dict(datasets=datasets)), pair=(dict(data_root='b'), 1)))
        redirect_data_root(cfg, str(tmp_path))
        first, second, third = cfg.train.dataset.datasets
        assert cfg.data_root == first.data_root == second.dataset.data_root == cfg.pair[0]['data_root'] == str(tmp_path)
        assert third == dict(other='a')

    def test_not_a_folder(self, tmp_path):
        with pytest.raises(ValueError, match="'.*absent' is not a folder"):
            redirect_data_root(Config(dict(data_root='a')), str(tmp_path / 'absent'))

    def test_nothing_to_redirect(self, tmp_path):
        with pytest.raises(ValueError, match='no data_root in config'):
            redirect_data_root(Config(dict(model=dict())), str(tmp_path))


@pytest.mark.parametrize('name', ['mmseg_entmin::cells/unet.py', 'cells/unet.py', 'configs/cells/unet.py'])
def test_an_installed_config_is_found(name, tmp_path, monkeypatch):
    path = tmp_path / 'mmseg_entmin/.mim/configs/cells/unet.py'
    path.parent.mkdir(parents=True)
    path.write_text('a = 1')
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path / 'mmseg_entmin')])
    monkeypatch.setattr(module, 'find_spec', {'mmseg_entmin': spec}.get)
    assert find_config(name) == str(path)
    for absent in ('absent::cells/unet.py', 'mmseg_entmin::unet.py', 'unet.py'):
        with pytest.raises(FileNotFoundError, match=f"config file '{absent}' does not exist"):
            find_config(absent)
