# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Where there is no GPU, a config is adapted and says so; elsewhere it stays."""
import os
from unittest import mock

import pytest
import torch
from mmengine.config import Config
from torch import distributed as dist

from mmseg_entmin.config import no_gpu as module


@pytest.fixture(autouse=True)
def own_environment():
    """Undoes what a test writes into the environment."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(module, 'get_device', lambda: 'cpu')


@pytest.fixture
def fake_gloo(monkeypatch):
    """Lets a run be distributed on paper; holds the backends that were asked for."""
    backends = []
    monkeypatch.setattr(dist, 'init_process_group', backends.append)
    monkeypatch.setattr(module.atexit, 'register', lambda function: None)
    for name in ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'MASTER_ADDR'):
        monkeypatch.setenv(name, '1')
    return backends


class TestAdaptToCpu:

    def test_leaves_a_gpu_run_alone(self, monkeypatch):
        monkeypatch.setattr(module, 'get_device', lambda: 'cuda')
        cfg = Config(dict(launcher='pytorch', model=dict(norm_cfg=dict(type='SyncBN')), sync_bn='torch'))
        before = cfg.to_dict()
        module.adapt_to_cpu(cfg)
        assert cfg.to_dict() == before

    def test_single_process_keeps_sync_bn(self, no_gpu):
        cfg = Config(dict(launcher='none', model=dict(norm_cfg=dict(type='SyncBN'))))
        module.adapt_to_cpu(cfg)
        assert cfg.model.norm_cfg.type == 'SyncBN' and 'model_wrapper_cfg' not in cfg

    def test_amp_becomes_single_precision(self, no_gpu):
        wrapper = dict(type='AmpOptimWrapper', loss_scale='dynamic', dtype='bfloat16', optimizer=dict(type='SGD'))
        cfg = Config(dict(optim_wrapper=dict(wrapper, second=dict(wrapper))))
        module.adapt_to_cpu(cfg)
        single = dict(type='OptimWrapper', optimizer=dict(type='SGD'))
        assert cfg.optim_wrapper == dict(single, second=single)

    def test_distributed(self, no_gpu, fake_gloo):
        norms = [dict(type='SyncBN'), dict(type='mmseg.MMSyncBN'), dict(type=torch.nn.SyncBatchNorm), dict(type='GN')]
        cfg = Config(dict(launcher='pytorch', model=dict(parts=norms, norm_cfg=norms[0]), sync_bn='torch'))
        module.adapt_to_cpu(cfg)
        assert fake_gloo == ['gloo']
        assert [part['type'] for part in cfg.model.parts] == ['BN', 'BN', 'BN', 'GN']
        assert cfg.model.norm_cfg.type == 'BN' and 'sync_bn' not in cfg
        assert cfg.model_wrapper_cfg == dict(
            type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False, find_unused_parameters=False)

    def test_respects_the_config(self, no_gpu, fake_gloo):
        cfg = Config(dict(launcher='pytorch', model=dict(), find_unused_parameters=True))
        module.adapt_to_cpu(cfg)
        assert cfg.model_wrapper_cfg.find_unused_parameters is True
        cfg = Config(dict(launcher='pytorch', model=dict(), model_wrapper_cfg=dict(type='Own', static_graph=True)))
        module.adapt_to_cpu(cfg)
        assert cfg.model_wrapper_cfg == dict(type='Own', static_graph=True, device_ids=None)

    def test_launcher_without_its_environment(self, no_gpu):
        for name in ('SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_LOCALID'):
            os.environ.pop(name, None)
        with pytest.raises(ValueError, match='SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID not set'):
            module.adapt_to_cpu(Config(dict(launcher='slurm')))

    def test_a_launcher_that_does_not_tell_where_the_first_process_is(self, no_gpu, fake_gloo):
        del os.environ['MASTER_ADDR']
        with pytest.raises(ValueError, match='--launcher pytorch: MASTER_ADDR not set; start the run with'):
            module.adapt_to_cpu(Config(dict(launcher='pytorch')))
        os.environ.update(SLURM_PROCID='0', SLURM_NTASKS='1', SLURM_LOCALID='0', SLURM_NODELIST='node1', PATH='')
        with pytest.raises(ValueError, match='first node is not known .*scontrol.*; set MASTER_ADDR to its name'):
            module.adapt_to_cpu(Config(dict(launcher='slurm')))
        assert fake_gloo == []

    def test_slurm(self, no_gpu, fake_gloo, tmp_path):
        scontrol = tmp_path / 'scontrol'
        scontrol.write_text('#!/bin/sh\n[ "$*" = "show hostnames node[1-2]" ] && printf "node1\\nnode2\\n"\n')
        scontrol.chmod(0o755)
        os.environ.pop('MASTER_ADDR', None)
        os.environ.update(
            PATH=f'{tmp_path}:{os.environ["PATH"]}', SLURM_PROCID='5', SLURM_NTASKS='8', SLURM_LOCALID='2',
            SLURM_NODELIST='node[1-2]')
        module.adapt_to_cpu(Config(dict(launcher='slurm', model=dict())))
        assert fake_gloo == ['gloo']
        names = ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'MASTER_ADDR', 'MASTER_PORT')
        assert [os.environ[name] for name in names] == ['5', '8', '2', 'node1', '29500']
