# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The benchmark: random images, a data set with worker processes, and a variant that cannot be built."""
import json
import subprocess
import sys

import pytest

from mmseg_entmin.datasets.toycells import generate

OURS, LIMIT = 'entmin/unet_toycells_1-10', 'supervised/unet_toycells_1-10'


@pytest.fixture
def benchmark(repo_root, tool_env):

    def run(*args):
        return subprocess.run(
            [sys.executable, repo_root / 'tools/analysis/benchmark.py', *map(str, args), '--rounds', '2', '--warm-up',
             '0'],
            env=tool_env, capture_output=True, text=True, timeout=300)

    return run


def test_ratios_to_the_limit(benchmark, tmp_path):
    done = benchmark(f'{OURS}=1+2', '--limit', LIMIT, '--size', 32, '--out', tmp_path / 'out.json')
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / 'out.json').read_text())
    assert str(tmp_path) not in result['command']
    ours, limit = result['steps']
    assert ours['images'] == [1, 2] and limit['images'] == [3, 0] and limit['limit']
    ratios = ours['ratios'][limit['config']]
    assert ratios['time'] > 0.5 and ratios['memory'] > 0.5 and ours['seconds'] > 0 and ours['data_seconds'] is None


def test_waiting_for_data_with_worker_processes(benchmark, tmp_path):
    generate(tmp_path / 'cells', num_train=80, num_test=2, size=32)
    options = ('train_dataloader.num_workers=2', 'train_dataloader.persistent_workers=True')
    done = benchmark(OURS, '--data-root', tmp_path / 'cells', '--cfg-options', *options, '--out', tmp_path / 'out.json')
    assert done.returncode == 0, done.stderr
    step, = json.loads((tmp_path / 'out.json').read_text())['steps']
    assert step['data_seconds'] >= 0


def test_a_variant_that_cannot_be_built_ends_the_others(benchmark):
    done = benchmark(LIMIT, f'{OURS},model.decode_head.variance=cube', '--size', 32)
    assert done.returncode == 1 and 'cube' in done.stderr.splitlines()[-1]
