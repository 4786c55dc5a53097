# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A loss that is not finite stops the training or costs its step, and is named with its iteration and images."""
import math
import re
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

import mmseg_entmin  # noqa: F401
from mmseg_entmin.engine.hooks import NonFiniteLoss, NonFiniteLossHook
from tests.tiny import sample


class Images(Dataset):
    """Eight inputs; those of ``bad`` are not numbers."""

    def __init__(self, bad=()):
        self.bad = bad

    def __len__(self):
        return 8

    def __getitem__(self, index):
        data = sample((4, 4))
        data.set_metainfo(dict(img_path=f'image_{index}.png'))
        value = math.nan if index in self.bad else 1. + index
        return dict(inputs=torch.full((1, 4, 4), value), data_samples=data)


class Net(BaseModel):
    """One layer with running statistics and two losses."""

    def __init__(self, bad_gradient_at=None):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)
        self.calls, self.bad_gradient_at, self.bad_loss_at = 0, bad_gradient_at, None

    def forward(self, inputs, data_samples=None, mode='tensor'):
        self.calls += 1
        out = self.norm(self.conv(torch.stack(inputs)))
        loss = (out - 1).square().mean()
        if self.calls == self.bad_gradient_at:  # sqrt at 0: a finite value, no finite gradient
            loss = loss + (self.conv.weight * 0).abs().sum().sqrt()
        if self.calls == self.bad_loss_at:
            loss = loss + math.inf
        return {'a.loss': loss, 'b.loss': self.conv.weight.square().sum(), 'acc': torch.tensor(math.nan)}


def runner(tmp_path, bad=(), iters=8, accumulate=1, **options):
    hooks = [options.pop('hook', None) or NonFiniteLossHook(**options)]
    return Runner(
        Net(options.pop('bad_gradient_at', None)), str(tmp_path),
        train_dataloader=dict(dataset=Images(bad), batch_size=1, sampler=dict(type='DefaultSampler', shuffle=False),
                              collate_fn=dict(type='pseudo_collate')),
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=iters, val_interval=99),
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1, momentum=0.9),
                           accumulative_counts=accumulate), custom_hooks=hooks,
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=1)),
        experiment_name=tmp_path.name, randomness=dict(seed=0), default_scope='mmseg')


def finite(model) -> bool:
    return all(value.isfinite().all() for value in model.state_dict().values())


def test_stops_and_names_iteration_term_and_image(tmp_path):
    run = runner(tmp_path, bad=[5])
    line = r'^iteration 6: a\.loss is nan; images of the batch: image_5\.png; '
    with pytest.raises(NonFiniteLoss, match=line) as error:
        run.train()
    assert '\n' not in str(error.value)
    saved = sorted(path.name for path in tmp_path.glob('iter_*.pth'))
    assert saved == [f'iter_{i}.pth' for i in range(1, 6)]  # none with the weights of the bad step
    assert all(value.isfinite().all() for value in torch.load(tmp_path / 'iter_5.pth', weights_only=False)
               ['state_dict'].values())


@pytest.mark.parametrize('accumulate, skipped', [(1, 2), (2, 3)])  # with two, the step after a bad half is one more
def test_skips_so_that_neither_weights_nor_statistics_are_damaged(tmp_path, accumulate, skipped):
    run = runner(tmp_path, bad=[2, 5], on_nonfinite='skip', accumulate=accumulate)
    run.train()
    assert run.iter == 8 and finite(run.model)
    assert run.message_hub.get_scalar('train/skipped_steps').current() == skipped
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert re.search(r'step skipped, iteration 3: a\.loss is nan; images of the batch: image_2\.png', log)
    assert f'{skipped} steps were skipped' in log


def test_a_step_without_a_problem_is_the_same_bit_for_bit(tmp_path):
    states = []
    for name, hook in (('plain', NonFiniteLossHook()), ('skip', NonFiniteLossHook('skip'))):
        torch.manual_seed(0)
        run = runner(tmp_path / name, hook=hook)
        run.train()
        states.append(run.model.state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_a_gradient_that_is_not_finite_while_the_loss_is(tmp_path):
    run = runner(tmp_path, on_nonfinite='skip', hook=NonFiniteLossHook('skip'))
    run.model.bad_gradient_at = 4
    run.train()
    assert finite(run.model)
    assert 'iteration 4: a gradient is not finite: of these' in next(tmp_path.glob('*/*.log')).read_text()


def test_a_loss_that_is_not_finite_while_its_gradients_are(tmp_path):
    run = runner(tmp_path, hook=NonFiniteLossHook('skip'))
    run.model.bad_loss_at, weights = 4, []
    run.register_hook(Recorder(weights))
    run.train()
    assert 'step skipped, iteration 4: a.loss is inf' in next(tmp_path.glob('*/*.log')).read_text()
    momentum = weights[2] - weights[1]
    assert torch.allclose(weights[3] - weights[2], 0.9 * momentum, rtol=1e-4)  # and no gradient
    assert 'backward' not in vars(run.optim_wrapper)


class Recorder(Hook):
    """The first layer's weight after each step."""

    def __init__(self, weights):
        self.weights = weights

    def after_train_iter(self, runner, *args, **kwargs):
        self.weights.append(runner.model.conv.weight.detach().clone())


def test_no_checkpoint_holds_a_weight_that_is_not_finite(tmp_path):
    run = runner(tmp_path)
    run.model.bad_gradient_at = 4
    with pytest.raises(NonFiniteLoss, match='^conv.weight is not finite, though .*not written.*or skip such steps'):
        run.train()
    assert sorted(path.name for path in tmp_path.glob('iter_*.pth')) == [f'iter_{i}.pth' for i in (1, 2, 3)]


def test_a_constant_that_is_not_finite_is_nobodys_fault(tmp_path):
    run = runner(tmp_path)
    run.model.mask = torch.nn.Parameter(torch.full((2, ), -torch.inf), requires_grad=False)
    run.model.register_buffer('bias', torch.full((2, ), -torch.inf))
    run.train()
    assert (tmp_path / 'iter_4.pth').is_file()


def test_patience_ends_a_training_that_goes_nowhere(tmp_path):
    run = runner(tmp_path, bad=range(2, 8), hook=NonFiniteLossHook('skip', patience=3))
    with pytest.raises(NonFiniteLoss, match='iteration 5: .*as were 2 steps right before it'):
        run.train()
    assert finite(run.model)


@pytest.mark.parametrize('options, message', [(dict(on_nonfinite='ignore'), "on_nonfinite='ignore'"),
                                              (dict(patience=0), 'patience=0')])
def test_options(options, message):
    with pytest.raises(ValueError, match=message):
        NonFiniteLossHook(**options)


def test_the_losses_of_a_step_wait_for_the_device():
    """On a device that is behind, nothing is judged; before a checkpoint or a validation everything is."""

    class Late:
        ready = False

        def query(self):
            return self.ready

        def synchronize(self):
            self.ready = True

    from mmseg_entmin.engine.hooks.nonfinite_loss_hook import Step
    hook = NonFiniteLossHook()
    hook.pending.append(Step(7, ['loss'], torch.tensor([math.inf]), Late(), ['x.png']))
    hook.look(None)
    assert len(hook.pending) == 1
    with pytest.raises(NonFiniteLoss, match='iteration 7: loss is inf; images of the batch: x.png'):
        hook.before_save_checkpoint(None, {})


def test_bad_steps_that_are_not_in_a_row_do_not_end_a_training(tmp_path):
    run = runner(tmp_path, bad=[1, 4, 6], hook=NonFiniteLossHook('skip', patience=2))
    run.train()
    assert run.iter == 8


def test_one_number_of_a_weight_is_enough_to_keep_it_out_of_a_checkpoint():
    module = nn.Linear(2, 1)
    weights = {'_extra_state': dict(), **{name: value.clone() for name, value in module.state_dict().items()}}
    weights['weight'][0, 1] = math.nan
    with pytest.raises(NonFiniteLoss, match='^weight is not finite'):
        NonFiniteLossHook().before_save_checkpoint(SimpleNamespace(model=module), dict(state_dict=weights))


@pytest.mark.parametrize('event', ['before_val', 'after_train'])
def test_all_losses_are_judged_before(event):
    class Late:
        query, synchronize = (lambda self: False), (lambda self: None)

    from mmseg_entmin.engine.hooks.nonfinite_loss_hook import Step
    hook = NonFiniteLossHook()
    hook.pending.append(Step(7, ['loss'], torch.tensor([math.inf]), Late(), ['x.png']))
    with pytest.raises(NonFiniteLoss, match='iteration 7'):
        getattr(hook, event)(None)
