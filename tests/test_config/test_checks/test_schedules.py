# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Schedules that do not fit the length of a training, for every scheduler that MMEngine has."""
import inspect

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import PARAM_SCHEDULERS

from mmseg_entmin.config.checks.schedules import (
    check_schedules,
    kind_of,
    schedule_warnings,
    short_warmup,
    without_short_warmups,
)

KINDS = sorted(name for name in PARAM_SCHEDULERS.module_dict if name.endswith(('LR', 'Momentum')))
NEEDED = dict(gamma=0.5, step_size=2, milestones=[2], periods=[3, 3], restart_weights=[1, 0.5], monitor='mIoU',
              eta_max=0.1, total_steps=6, eta_min=0.)
DECAYING = ('Poly', 'CosineAnnealing', 'OneCycle', 'CosineRestart')


def options(kind: str, **changes) -> dict:
    """A config of a scheduler with the options that it cannot do without, and ``changes`` where it has them."""
    names = {name for base in PARAM_SCHEDULERS.get(kind).__mro__ if '__init__' in vars(base)
             for name, parameter in inspect.signature(base.__init__).parameters.items()
             if parameter.default is inspect.Parameter.empty or name in changes or name == 'eta_min'}
    return dict(type=kind, **{name: value for name, value in {**NEEDED, **changes}.items() if name in names})


def config(*schedulers: dict, iters: int | None = 6, epochs: int | None = None) -> Config:
    length = dict(max_iters=iters) if epochs is None else dict(by_epoch=True, max_epochs=epochs)
    return Config(dict(train_cfg=length, param_scheduler=list(schedulers)))


def rates(scheduler: dict, iters: int) -> list[float]:
    """The learning rate of each step, as MMEngine has it."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.)
    built = PARAM_SCHEDULERS.build(dict(scheduler), default_args=dict(optimizer=optimizer))
    found = []
    for _ in range(iters):
        found.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        built.step()
    return found


@pytest.mark.parametrize('kind', KINDS)
def test_every_scheduler_that_counts_epochs_in_an_iteration_loop_is_refused_by_key(kind):
    problems = list(check_schedules(config(options(kind, end=6))))
    if kind_of(dict(type=kind))[0] == 'ReduceOnPlateau':  # it steps after each validation
        assert not problems
    else:
        assert problems[0].startswith('param_scheduler[0].by_epoch=True') and 'by_epoch=False' in problems[0]
    assert not list(check_schedules(config(options(kind, by_epoch=False, end=6))))
    assert not list(check_schedules(config(options(kind, end=6), epochs=6)))


@pytest.mark.parametrize('kind', [kind for kind in KINDS if kind_of(dict(type=kind))[0] in DECAYING])
def test_every_scheduler_that_ends_at_0_before_the_training_is_refused(kind):
    short = options(kind, by_epoch=False, end=3, total_steps=3, periods=[1, 2], restart_weights=[1, 1])
    refused = kind.endswith('LR') and kind != 'CosineRestartLR'  # a momentum may end at 0; a restart ends above it
    problem, = (check_schedules if refused else schedule_warnings)(config(short))
    if kind.startswith('CosineRestart'):
        assert 'stay at its last one; set periods' in problem
        return
    assert problem.startswith('param_scheduler[0]: ') and '=6' in problem and '3 of 6 iterations' in problem


@pytest.mark.parametrize('kind', [kind for kind in KINDS if kind_of(dict(type=kind))[0] in DECAYING])
def test_every_scheduler_that_the_end_of_the_training_cuts_off_is_named(kind):
    long = options(kind, by_epoch=False, end=60, total_steps=60, periods=[30, 30])
    assert not list(check_schedules(config(long)))
    warning, = schedule_warnings(config(long))
    assert warning.startswith('param_scheduler[0]: ') and 'train_cfg.max_iters=6' in warning


@pytest.mark.parametrize('scheduler, named', [
    (dict(type='MultiStepLR', milestones=[2, 6], by_epoch=False), 'milestones'),
    (dict(type='MultiStepLR', milestones=[9], by_epoch=False), 'milestones'),
    (dict(type='MultiStepLR', milestones=[3], by_epoch=False, begin=4), 'milestones'),
    (dict(type='StepLR', step_size=6, by_epoch=False), 'step_size'),
    (dict(type='ExponentialLR', gamma=0.9, begin=6, by_epoch=False), 'begin'),
    (dict(type='LinearLR', start_factor=0.1, end=60, by_epoch=False), 'warm-up'),
    (dict(type='PolyLR', eta_min=1e-4, end=4, by_epoch=False), 'stay at its last one'),
    (dict(type='CosineAnnealingLR', by_epoch=False, T_max=4, eta_min=1e-3), 'ends at 4'),
    (dict(type='CosineAnnealingLR', by_epoch=False, T_max=3, end=6), 'rise again; set T_max=6 (now 3)'),
    (dict(type='PolyParamScheduler', param_name='weight_decay', end=3, by_epoch=False), 'be 0'),
])
def test_what_a_schedule_never_reaches_is_named(scheduler, named):
    assert not list(check_schedules(config(scheduler)))
    warning, = schedule_warnings(config(scheduler))
    assert named in warning and warning.startswith('param_scheduler[0]')


def test_a_schedule_of_two_parts_and_one_by_epochs_fit():
    warmup = dict(type='LinearLR', start_factor=0.1, end=3, by_epoch=False)
    poly = dict(type='PolyLR', begin=3, end=6, by_epoch=False)
    restart = dict(type='CosineAnnealingLR', begin=0, end=3, eta_min=1e-3, by_epoch=False)
    endless = dict(type='PolyLR', by_epoch=False)  # MMEngine's runner sets the end of the training
    for cfg in (config(warmup), config(endless), config(warmup, poly), config(restart, poly),
                config(dict(poly, begin=0)),
                config(dict(type='PolyLR', end=6), epochs=6), config(dict(poly, begin=0, end=60), epochs=6),
                Config(dict(train_cfg=dict(max_iters=6), param_scheduler=dict(generator=[warmup, poly])))):
        assert not list(check_schedules(cfg)) and not list(schedule_warnings(cfg))


def test_schedules_of_several_optimizers_and_momentum_have_their_own_key():
    cfg = Config(dict(train_cfg=dict(max_iters=6), param_scheduler=dict(
        generator=[dict(type='PolyLR', end=3, by_epoch=False)], critic=dict(type='PolyMomentum', end=3))))
    by_epoch, zero = check_schedules(cfg)
    assert by_epoch.startswith('param_scheduler.critic.by_epoch') and zero.startswith('param_scheduler.generator[0]')


@pytest.mark.parametrize('kind', ['LinearLR', 'ConstantLR', 'LinearMomentum', 'ConstantMomentum'])
@pytest.mark.parametrize('begin', [0, 5])
def test_a_warm_up_of_one_step_is_dropped_and_one_of_two_stays(kind, begin):
    one, two = (dict(type=kind, begin=begin, end=begin + steps, by_epoch=False) for steps in (1, 2))
    assert short_warmup(one) and not short_warmup(two)
    rest = dict(type='PolyLR', end=6, by_epoch=False)
    assert without_short_warmups([one, rest]) == [rest] and without_short_warmups([two, rest]) == [two, rest]
    assert without_short_warmups(one) == [] and without_short_warmups(dict(a=[one], b=rest)) == dict(a=[], b=rest)


@pytest.mark.parametrize('kind', ['LinearLR', 'ConstantLR'])
def test_mmengine_stays_at_the_start_of_a_warm_up_of_one_step_alone(kind):
    warmup = dict(type=kind, begin=0, by_epoch=False)
    assert max(rates(dict(warmup, end=1), 5)) < 0.5 and rates(dict(warmup, end=3), 5)[-1] == pytest.approx(1)


def test_a_schedule_after_one_that_ends_at_0_cannot_raise_the_rate():
    parts = [dict(type='PolyLR', begin=begin, end=begin + 3, by_epoch=False) for begin in (0, 3)]
    problem, = check_schedules(config(*parts))
    assert problem.startswith('param_scheduler[0]: PolyLR ends at 3')


def test_a_warm_up_over_one_epoch_that_is_counted_in_iterations_stays():
    assert not short_warmup(dict(type='LinearLR', end=1, by_epoch=True, convert_to_iter_based=True))


@pytest.mark.parametrize('options', [dict(begin=-5), dict(end=None), dict(type='MultiStepLR', milestones=3)])
def test_values_that_are_no_steps_are_one_line(options):
    problem, = check_schedules(config(dict(dict(type='PolyLR', by_epoch=False), **options)))
    assert problem.startswith('param_scheduler[0]: ') and 'needs begin >= 0' in problem


@pytest.mark.parametrize('name, value', [('max_iters', 0), ('max_iters', -1), ('max_iters', 2.5), ('val_interval', 0)])
def test_lengths_are_whole_numbers_above_0(name, value):
    problem, = check_schedules(Config(dict(train_cfg={'max_iters': 6, name: value})))
    assert problem == f'train_cfg.{name}={value}: give a whole number, 1 or more'


def test_a_length_as_a_float_counts():
    assert len(list(check_schedules(config(dict(type='PolyLR', end=6), iters=6.)))) == 1
