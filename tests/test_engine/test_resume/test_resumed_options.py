# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a checkpoint has otherwise than the config is named, or refused."""
import copy

import pytest
import torch
from mmengine.optim import MultiStepLR, OptimWrapper, OptimWrapperDict, PolyLR
from torch import nn
from torch.optim import SGD, AdamW

from mmseg_entmin.engine.resume.resumed_options import OtherTraining, other_options


def training(kind=SGD, end=8, split=False, schedules=(PolyLR, ), **options):
    """An optimizer and its schedules, two steps on."""
    model = nn.Linear(2, 1)
    groups = [dict(params=[part]) for part in model.parameters()] if split else model.parameters()
    wrapper = OptimWrapper(kind(groups, **{'lr': 0.1, **options}))
    schedulers = [schedule(wrapper, end=end, **(dict(milestones=[1, 2]) if schedule is MultiStepLR else {}))
                  for schedule in schedules]
    for _ in range(2):
        wrapper.update_params(model(torch.ones(1, 2)).sum())
        for scheduler in schedulers:
            scheduler.step()
    return wrapper, schedulers


def checkpoint(wrapper, schedulers) -> dict:
    return copy.deepcopy(dict(optimizer=wrapper.state_dict(), param_schedulers=[s.state_dict() for s in schedulers]))


def test_the_same_config_differs_in_nothing():
    for options in (dict(), dict(kind=AdamW), dict(schedules=(MultiStepLR, PolyLR)), dict(split=True)):
        assert other_options(*training(**options), checkpoint(*training(**options)), 'a.pth') == []
    assert other_options(training()[0], None, checkpoint(*training()), 'a.pth') == []  # schedules left out
    assert other_options(dict(), None, checkpoint(*training()), 'a.pth') == []  # of a strategy
    assert other_options(*training(), dict(), 'a.pth') == []


@pytest.mark.parametrize('options, found', [
    (dict(end=12), ['param_scheduler[0].end=8 (config: 12)']),
    (dict(lr=0.5), ['optim_wrapper.optimizer.lr=0.1 (config: 0.5)']),
    (dict(momentum=0.9, weight_decay=1e-4),
     ['optim_wrapper.optimizer.momentum=0 (config: 0.9)', 'optim_wrapper.optimizer.weight_decay=0 (config: 0.0001)']),
])
def test_options_without_effect_are_named(options, found):
    assert other_options(*training(**options), checkpoint(*training()), 'a.pth') == found


def test_without_schedules_it_is_the_rate_itself():
    assert other_options(*training(schedules=(), lr=0.5), checkpoint(*training(schedules=())), 'a.pth') == [
        'optim_wrapper.optimizer.lr=0.1 (config: 0.5)']


@pytest.mark.parametrize('options, reason', [
    (dict(kind=AdamW), 'optim_wrapper.optimizer has dampening, which AdamW has not'),
    (dict(split=True), r'optim_wrapper has parameters in groups of \[2\], and the config in groups of \[1, 1\]'),
    (dict(schedules=(PolyLR, PolyLR)), 'it has 1 schedules in param_scheduler, and the config 2'),
])
def test_what_makes_no_sense_is_refused(options, reason):
    with pytest.raises(OtherTraining, match=f"^checkpoint 'a.pth' is of a training with .*: {reason}; give"):
        other_options(*training(**options), checkpoint(*training()), 'a.pth')


def test_another_version_of_pytorch():
    """An option that it adds, or no longer has, is no other optimizer."""
    for spoil in (lambda group: group.pop('nesterov'), lambda group: group.update(new=1)):
        saved = checkpoint(*training())
        spoil(saved['optimizer']['param_groups'][0])
        assert other_options(*training(), saved, 'a.pth') == []


def test_several_optimizers():
    def several(**options):
        (first, schedule), (second, _) = training(**options), training(kind=AdamW)
        return OptimWrapperDict(a=first, b=second), dict(a=schedule, b=[])

    wrapper, schedulers = several()
    saved = dict(optimizer=wrapper.state_dict(), param_schedulers=dict(a=[schedulers['a'][0].state_dict()], b=[]))
    assert other_options(*several(), saved, 'a.pth') == []
    assert other_options(*several(end=9, momentum=0.9), saved, 'a.pth') == [
        'optim_wrapper.a.optimizer.momentum=0 (config: 0.9)', 'param_scheduler.a[0].end=8 (config: 9)']
    for built, content in ((training(), saved), ((wrapper, schedulers), checkpoint(*training()))):
        with pytest.raises(OtherTraining, match='it has optim_wrapper.*, and the config optim_wrapper'):
            other_options(*built, content, 'a.pth')
