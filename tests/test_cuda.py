# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What only a GPU can show: a training step never waits for the device, and half precision trains."""
import warnings

import pytest
import torch

from benchmarks.cost import training_step
from benchmarks.results.methods import peers
from benchmarks.results.run_configs import load
from mmseg_entmin.models.segmentors import semi_supervised_segmentor

PEERS = [method.folder for method in peers()]
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason='there is no GPU')
OURS = ['entmin', 'entmin_plus']


def step_of(method: str, **options) -> training_step.TrainingStep:
    """Two steps are done, so that what is made once is made. The batch is on the device: bringing it there waits."""
    step = training_step.TrainingStep(training_step.Variant(f'{method}/unet_wbc_1-10', options=options), size=64)
    for _ in range(2):
        step()
    step.batch = step.model.data_preprocessor(step.batch, training=True)
    step.model.data_preprocessor.forward = lambda data, training=False: data
    return step


def waits(step: training_step.TrainingStep) -> list:
    """Files and lines at which a step waits for the device."""
    torch.cuda.set_sync_debug_mode('warn')
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            step.model.train_step(step.batch, step.optim_wrapper)
    finally:
        torch.cuda.set_sync_debug_mode('default')
    return [f'{warning.filename}:{warning.lineno}' for warning in caught if 'synchroniz' in str(warning.message)]


def test_a_wait_is_seen(monkeypatch):
    ramp = semi_supervised_segmentor.RampUp
    monkeypatch.setattr(ramp, 'forward', lambda self: torch.tensor(self.step.item() + 1., device=self.step.device))
    assert waits(step_of('mean_teacher'))


@pytest.mark.parametrize('method', OURS)
def test_no_wait_at_all(method):
    assert waits(step_of(method)) == []


@pytest.mark.parametrize('method', PEERS)
def test_no_wait_of_ours(method):
    """mmseg's own cross entropy and accuracy, which the baseline has as well, do wait."""
    assert [place for place in waits(step_of(method)) if 'mmseg_entmin' in place] == []


@pytest.mark.parametrize('dtype', ['float16', 'bfloat16'])
@pytest.mark.parametrize('method', OURS + PEERS)
def test_half_precision(method, dtype):
    wrapper = load(f'{method}/unet_wbc_1-10').optim_wrapper
    names = [''] if 'optimizer' in wrapper else [f'{name}.' for name in wrapper if isinstance(wrapper[name], dict)]
    options = {}
    for name in names:
        options |= {f'optim_wrapper.{name}type': 'AmpOptimWrapper', f'optim_wrapper.{name}dtype': dtype}
    step = step_of(method, **options)
    for _ in range(3):
        losses = step.model.train_step(step.batch, step.optim_wrapper)
    assert all(torch.isfinite(torch.as_tensor(value)).all() for value in losses.values()), losses
    assert all(torch.isfinite(p).all() for p in step.model.parameters())
