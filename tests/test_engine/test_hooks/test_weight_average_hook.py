# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The mean of the weights over the end of a training: its value, and that it is validated, saved and resumed."""
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from torch import nn

from mmseg_entmin.engine.build import build_runner, prepare_run
from mmseg_entmin.engine.hooks import WeightAverageHook
from mmseg_entmin.report.work_dir import read_lines
from tests.stress.faults_kills import Case
from tests.stress.faults_points import POINTS, at_event


def played(hook: WeightAverageHook, values: list, model: nn.Module, max_iters: int) -> None:
    """A training after whose steps weight and running mean have these values."""
    runner = SimpleNamespace(model=model, max_iters=max_iters, iter=0)
    hook.before_run(runner)
    hook.before_train(runner)
    for runner.iter, value in enumerate(values):
        nn.init.constant_(model.weight, value)
        model.running_mean.fill_(2 * value)
        hook.after_train_iter(runner, 0)


@pytest.mark.parametrize('share, interval, mean', [(0.5, 1, 8), (0.3, 1, 9), (1., 1, 5.5), (0.5, 2, 8), (0.01, 10, 10),
                                                   (0.9, 4, 6)])
def test_the_mean_is_that_of_the_last_part(share, interval, mean):
    hook, norm = WeightAverageHook(share, interval), nn.BatchNorm2d(2)
    played(hook, range(1, 11), norm, 10)
    average = hook.ema_model.module
    assert average.weight.tolist() == pytest.approx([mean] * 2) and norm.weight.tolist() == [10] * 2
    assert average.running_mean.tolist() == pytest.approx([2 * mean] * 2)


def test_before_the_last_part_they_are_the_weights_of_the_moment_also_after_an_earlier_end():
    hook, norm = WeightAverageHook(0.5, 1), nn.BatchNorm2d(2)
    played(hook, [1, 2, 3, 4], norm, 10)
    assert hook.ema_model.module.weight.tolist() == [4, 4]
    hook.ema_model.steps.fill_(5)  # as if an average of a shorter training were resumed
    hook.before_train(SimpleNamespace(model=norm, max_iters=10, iter=4))
    for place in (4, 5, 6):
        nn.init.constant_(norm.weight, place + 1)
        hook.after_train_iter(SimpleNamespace(iter=place), 0)
    assert hook.ema_model.module.weight.tolist() == pytest.approx([6.5] * 2) and hook.ema_model.steps == 2


@pytest.mark.parametrize('options', [dict(share=0.), dict(share=1.1), dict(interval=0)])
def test_options_that_cannot_work(options):
    name, = options
    with pytest.raises(ValueError, match=f'WeightAverageHook: {name}='):
        WeightAverageHook(**options)


@pytest.fixture(scope='module')
def case(tmp_path_factory) -> Case:
    return Case(tmp_path_factory.mktemp('case'), 'entmin', 0,
                custom_hooks=[dict(type='WeightAverageHook', share=0.5, interval=1)],
                **{'default_hooks.checkpoint.interval': 1, 'default_hooks.checkpoint.max_keep_ckpts': -1})


def test_a_checkpoint_holds_the_mean_and_the_weights_of_the_moment(case):
    states = [torch.load(case.reference / f'iter_{iters}.pth', weights_only=True) for iters in range(1, 9)]
    moments = [state['ema_state_dict'] for state in states]  # 'module.' and the name
    for name, value in states[-1]['state_dict'].items():
        if value.is_floating_point():
            last = torch.stack([moment[f'module.{name}'] for moment in moments[4:]])
            torch.testing.assert_close(value, last.mean(dim=0))
            assert torch.equal(states[3]['state_dict'][name], moments[3][f'module.{name}'])
    name = 'backbone.encoder.0.0.convs.0.conv.weight'
    assert not torch.equal(states[-1]['state_dict'][name], moments[-1][f'module.{name}'])


def test_it_resumes_to_the_same_bits(case):
    assert case.killed(partial(at_event, 'before_train_iter', 7)) == ''
    assert case.killed(partial(POINTS['in the validation'], 2)) == ''


def test_a_test_of_the_checkpoint_gives_the_scores_of_the_validation(case, tmp_path):
    lines = [line for path in case.reference.glob('*/vis_data/scalars.json') for line in read_lines(path)]
    cfg = Config.fromfile(case.config)
    cfg.test_dataloader, cfg.test_evaluator, cfg.test_cfg = cfg.val_dataloader, cfg.val_evaluator, dict(type='TestLoop')
    cfg.work_dir, cfg.load_from = str(tmp_path), str(case.reference / 'iter_8.pth')
    prepare_run(cfg)
    scores = build_runner(cfg, whole=True).test()
    expected = next(line for line in reversed(lines) if 'mIoU' in line)
    assert scores['mIoU'] == expected['mIoU'] and scores['aAcc'] == expected['aAcc']
