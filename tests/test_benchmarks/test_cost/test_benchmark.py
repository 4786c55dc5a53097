# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The benchmark: random images, a data set with worker processes, and a variant that cannot be built."""
import json
import multiprocessing
import pickle
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.cost import benchmark
from benchmarks.cost.training_step import convolution_backward_flops
from mmseg_entmin.datasets.toycells import generate

OURS, LIMIT = 'entmin/unet_toycells_1-10', 'supervised/unet_toycells_1-10'


class Forked(multiprocessing.get_context('fork').Process):
    """A variant's process, and the workers of its loaders, forked in place of started: nothing is imported again.

    What it is given must still be such that it can be sent to a process that is started, which holds no other
    connection.
    """

    ends = []

    def __init__(self, target, args):
        connection, *others = args
        assert pickle.loads(pickle.dumps((target, others)))[0] is target
        super().__init__(target=target, args=args)

    def run(self):
        for end in self.ends:
            end.close()
        super().run()

    @classmethod
    def pipe(cls):
        ours, theirs = multiprocessing.Pipe()
        cls.ends.append(ours)
        return ours, theirs


@pytest.fixture
def measure(monkeypatch):
    """Runs the benchmark with two rounds."""
    if not torch.cuda.is_available():  # which does not survive a fork
        monkeypatch.setattr(Forked, 'ends', [])
        monkeypatch.setattr(benchmark.multiprocessing, 'get_context',
                            lambda method: SimpleNamespace(Process=Forked, Pipe=Forked.pipe))
    return lambda *args: benchmark.main([*map(str, args), '--rounds', '2', '--warm-up', '0'])


def test_ratios_to_the_limit(measure, tmp_path):
    measure(f'{OURS}=1+2', '--limit', LIMIT, '--size', 32, '--out', tmp_path / 'out.json')
    result = json.loads((tmp_path / 'out.json').read_text())
    assert str(tmp_path) not in result['command']
    ours, limit = result['steps']
    assert ours['images'] == [1, 2] and limit['images'] == [3, 0] and limit['limit']
    ratios = ours['ratios'][limit['config']]
    assert ratios['time'] > 0.5 and ratios['memory'] > 0.5 and ours['seconds'] > 0 and ours['data_seconds'] is None


def test_waiting_for_data_with_worker_processes(measure, tmp_path):
    generate(tmp_path / 'cells', num_train=80, num_test=2, size=32)
    options = ('train_dataloader.num_workers=2', 'train_dataloader.persistent_workers=True')
    measure(OURS, '--data-root', tmp_path / 'cells', '--cfg-options', *options, '--out', tmp_path / 'out.json')
    step, = json.loads((tmp_path / 'out.json').read_text())['steps']
    assert step['data_seconds'] >= 0


def test_a_variant_that_cannot_be_built_ends_the_others(measure):
    with pytest.raises(SystemExit, match=f'^error: {OURS},model.decode_head.variance=cube: .*cube'):
        measure(LIMIT, f'{OURS},model.decode_head.variance=cube', '--size', 32)


@pytest.mark.parametrize('groups', [1, 4])
@pytest.mark.parametrize('transposed', [False, True])
def test_the_backward_of_a_convolution_counts_twice_its_forward(groups, transposed):
    kind = nn.ConvTranspose2d if transposed else nn.Conv2d
    convolution = kind(8, 4, 3, padding=1, groups=groups)
    mapping = {torch.ops.aten.convolution_backward: convolution_backward_flops}
    with FlopCounterMode(display=False, custom_mapping=mapping) as forward:
        out = convolution(torch.zeros(2, 8, 5, 5, requires_grad=True))
    with FlopCounterMode(display=False, custom_mapping=mapping) as backward:
        out.sum().backward()
    assert backward.get_total_flops() == 2 * forward.get_total_flops() == 2 * 2 * (2 * 25) * 9 * 8 * 4 // groups


def test_a_ratio_is_the_median_of_those_within_a_round():
    ours, theirs = (SimpleNamespace(seconds=[dict(step=step, cpu=cpu) for step, cpu in times]) for times in (
        ((2., 6.), (4., 9.), (30., 3.)), ((1., 3.), (1., 3.), (10., 3.))))
    assert benchmark.ratio(ours, theirs) == 3 and benchmark.ratio(ours, theirs, 'cpu') == 2
