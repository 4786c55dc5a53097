# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the launch scripts: what command they build, and a run with two processes and no GPU."""
import json
import subprocess

import pytest

from tests import processes

# Each process of a run leaves its rank and the sum of its parameters.
REPORT_RANK = '''
import os
from mmengine.dist import get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

@HOOKS.register_module()
class ReportRank(Hook):
    def after_train(self, runner):
        total = sum(parameter.double().sum() for parameter in runner.model.parameters()).item()
        with open(os.path.join(runner.work_dir, f'rank_{get_rank()}_of_{get_world_size()}'), 'w') as file:
            file.write(repr(total))
'''


@pytest.fixture
def launched(repo_root, tool_env, tmp_path):
    """Runs a script with a stand-in for python and srun, and returns the arguments that the stand-in gets."""
    stand_in = tmp_path / 'srun'
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)

    def run(script, *args, **env):
        env = dict(tool_env, PYTHON=str(stand_in), PATH=f'{tmp_path}:{tool_env["PATH"]}') | env
        for name in ('NNODES', 'PORT', 'SRUN_ARGS', 'GRES'):
            env.setdefault(name, '')
        if not env['GRES']:
            env.pop('GRES')
        done = subprocess.run(
            ['bash', repo_root / 'tools' / script, *args], env=env, capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout.splitlines() or done.stderr.splitlines()

    return run


def test_dist_train_command(launched, repo_root):
    status, command = launched('dist_train.sh', 'a config.py', '2', '--cfg-options', 'key="[a, b]"')
    assert status == 0
    assert command == [
        '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node=2', f'{repo_root}/tools/train.py',
        'a config.py', '--cfg-options', 'key="[a, b]"', '--launcher', 'pytorch'
    ]


def test_dist_test_command_on_several_nodes(launched, repo_root):
    nodes = dict(NNODES='2', NODE_RANK='1', MASTER_ADDR='10.0.0.1', PORT='1234')
    status, command = launched('dist_test.sh', 'config.py', 'a b.pth', '8', '--tta', **nodes)
    assert status == 0
    assert command == [
        '-m', 'torch.distributed.run', '--nnodes=2', '--node_rank=1', '--master_addr=10.0.0.1', '--master_port=1234',
        '--nproc_per_node=8', f'{repo_root}/tools/test.py', 'config.py', 'a b.pth', '--tta', '--launcher', 'pytorch'
    ]


@pytest.mark.parametrize('script, args', [('slurm_train.sh', ['a config.py']),
                                          ('slurm_test.sh', ['a config.py', 'a b.pth'])])
def test_slurm_command(launched, repo_root, tmp_path, script, args):
    settings = dict(GPUS='16', GPUS_PER_NODE='8', SRUN_ARGS='--time=1:00 --exclusive')
    status, command = launched(script, 'queue', 'a job', *args, '--work-dir', 'w 1', **settings)
    assert status == 0
    tool = f'{repo_root}/tools/{script[6:-3]}.py'
    assert command == [
        '-p', 'queue', '--job-name=a job', '--gres=gpu:8', '--ntasks=16', '--ntasks-per-node=8', '--cpus-per-task=5',
        '--kill-on-bad-exit=1', '--time=1:00', '--exclusive',
        str(tmp_path / 'srun'), '-u', tool, *args, '--work-dir', 'w 1', '--launcher', 'slurm'
    ]


@pytest.mark.parametrize('script', ['dist_train.sh', 'dist_test.sh', 'slurm_train.sh', 'slurm_test.sh'])
def test_too_few_arguments_show_the_usage(launched, script):
    status, message = launched(script, 'config.py')
    assert status == 2
    assert f'tools/{script}' in message[0] and message[0].startswith('Usage:')


def test_wrong_number_of_processes(launched):
    assert launched('dist_train.sh', 'config.py', '--amp') == (
        2, ["error: GPUS must be a positive number, not '--amp'"])


def test_two_processes_without_gpu(repo_root, tool_env, tiny_config, tiny_dataset, tmp_path):
    """Both ranks train, end with the same parameters, and share the evaluation; the stock config asks for SyncBN."""
    (tmp_path / 'report_rank.py').write_text(REPORT_RANK)
    config = tmp_path / 'two.py'
    config.write_text(f"_base_ = './{tiny_config.name}'\n"
                      "custom_imports = dict(imports=['mmseg_entmin', 'report_rank'], allow_failed_imports=False)\n"
                      "custom_hooks = [dict(type='ReportRank')]\n")
    work_dir = tmp_path / 'work'
    env = dict(tool_env, PYTHONPATH=f'{tmp_path}:{tool_env["PYTHONPATH"]}', CUDA_VISIBLE_DEVICES='-1')
    status, log = processes.run_launcher(
        repo_root / 'tools/dist_train.sh', config, '2', '--data-root', tiny_dataset, '--work-dir', work_dir,
        cwd=tmp_path, env=env)
    assert status == 0, log
    assert (work_dir / 'rank_0_of_2').read_text() == (work_dir / 'rank_1_of_2').read_text()
    assert (work_dir / 'iter_4.pth').is_file()
    assert log.count('SyncBN replaced by BN') == 1
    scalars, = work_dir.glob('*/vis_data/scalars.json')
    metrics = [json.loads(line) for line in scalars.read_text().splitlines()]
    assert any('mIoU' in line for line in metrics)
