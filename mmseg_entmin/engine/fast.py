# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The fastest way to compute a training step on this machine: precision and memory layout, found by timing.

Which is fastest depends on the network and the processor: bfloat16 halves a step of a ResNet on a processor that
multiplies it in hardware, and doubles the time of depthwise convolutions.
"""
import copy
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import product
from typing import NamedTuple

import torch
from mmengine.dist import all_reduce
from mmengine.optim import AmpOptimWrapper, OptimWrapper, OptimWrapperDict
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from .resume.random_state import get_random_state, set_random_state

STEPS, SECONDS = (2, 10), 1.  # of a mode that are timed after a first one: for this long, within these bounds
WORTH, WORTH_ROUNDING = 0.95, 0.85  # another layout, and bfloat16, have to take less than this share of the time


class Mode(NamedTuple):
    """How the steps of a training are computed; weights, losses and optimizer stay in float32, and so does validation.

    Attributes:
        bfloat16: the forward pass is under autocast to bfloat16, which needs no loss scaling.
        channels_last: weights, and so feature maps, are in channels-last memory.
        float32_depthwise: under autocast, depthwise convolutions stay in float32.
    """

    bfloat16: bool = False
    channels_last: bool = False
    float32_depthwise: bool = False

    def __str__(self) -> str:
        names = ('bfloat16', 'channels last', 'depthwise convolutions in float32')
        return ', '.join(name for name, on in zip(names, self) if on) or 'precision and memory layout of the config'


def parse_mode(fast: bool | dict | None) -> Mode | None:
    """The mode that ``fast`` of a config names; None for True, which has it timed. ValueError for anything else."""
    if fast is True:
        return None
    known = isinstance(fast, dict) and all(
        key in Mode._fields and isinstance(value, bool) for key, value in fast.items())
    if not known or (fast.get('float32_depthwise') and not fast.get('bfloat16')):
        raise ValueError(f'fast={fast!r}: give True, False, or a mode like dict(bfloat16=True, channels_last=True); '
                         f"float32_depthwise=True goes with bfloat16=True")
    return Mode(**fast)


def modes(model: nn.Module, optim_wrapper: OptimWrapper) -> list[Mode]:
    """The modes to time, the plain one first. One precision is left if the config has chosen mixed precision."""
    parts = optim_wrapper.values() if isinstance(optim_wrapper, OptimWrapperDict) else [optim_wrapper]
    return ways(model, [False] if any(isinstance(part, AmpOptimWrapper) for part in parts) else [False, True])


def ways(model: nn.Module, halves: Sequence[bool]) -> list[Mode]:
    """The modes of a network that use bfloat16 or not, the plain one first."""
    separate = [False, True] if depthwise(model) else [False]
    return [Mode(*mode) for mode in product(halves, [False, True], separate) if mode[0] or not mode[2]]


def depthwise(model: nn.Module) -> list[_ConvNd]:
    """The convolutions that work on each channel alone."""
    return [part for part in model.modules() if isinstance(part, _ConvNd) and part.groups == part.in_channels > 1]


def set_mode(mode: Mode, model: nn.Module, optim_wrapper: OptimWrapper) -> None:
    """Makes model and optimizer wrapper compute in this mode from now on."""
    if mode.channels_last:
        model.to(memory_format=torch.channels_last)
    if mode.bfloat16:
        device = next(model.parameters()).device.type
        optim_wrapper.optim_context = partial(half_context, optim_wrapper.optim_context, device)
    if mode.float32_depthwise:
        for conv in depthwise(model):
            conv.forward = partial(float32_forward, conv)


@contextmanager
def half_context(context, device: str, model: nn.Module) -> Iterator[None]:
    """An optimizer wrapper's context, under autocast."""
    with context(model), torch.autocast(device, torch.bfloat16):
        yield


def float32_forward(conv: _ConvNd, x: Tensor) -> Tensor:
    """A convolution without autocast."""
    with torch.autocast(x.device.type, enabled=False):
        return type(conv).forward(conv, x.float())


def time_modes(model: nn.Module, optim_wrapper: OptimWrapper, batch: dict) -> dict[Mode, float]:
    """Seconds of a step in each mode, the least of some rounds of all modes, so that other work on the machine does not
    decide; of several processes their mean. The steps are those of copies of the model at a learning rate of 0:
    weights, buffers, gradients and random states stay as they are."""
    states, runs = get_random_state(), {}
    for mode in modes(model, optim_wrapper):
        copied = copy.deepcopy(model)
        wrapper = OptimWrapper(torch.optim.SGD(copied.parameters(), lr=0.))
        set_mode(mode, copied, wrapper)
        runs[mode] = copied, wrapper
    seconds = least_seconds([partial(step_seconds, *run, batch) for run in runs.values()])
    set_random_state(states)
    return dict(zip(runs, seconds))


def least_seconds(runs: Sequence[Callable[[], float]], budget: float = SECONDS, least: int = STEPS[0]) -> list[float]:
    """What each of some functions returns, the least of some rounds after a first one, as many as the first function
    needs for the budget, but at least `least`; of several processes their mean."""
    first, *_ = mean_over_processes([run() for run in runs])
    rounds = min(max(least, round(budget / first)), STEPS[1])  # equal in all processes, for SyncBatchNorm
    seconds = [[run() for run in runs] for _ in range(rounds)]
    return mean_over_processes([min(column) for column in zip(*seconds)])


def step_seconds(model: nn.Module, wrapper: OptimWrapper, batch: dict) -> float:
    """Seconds of one step."""
    data, start = copy.deepcopy(batch), now()
    model.train_step(data, wrapper)
    return now() - start


def mean_over_processes(seconds: list[float]) -> list[float]:
    values = torch.tensor(seconds, dtype=torch.float64)
    all_reduce(values, 'mean')
    return values.tolist()


def now() -> float:
    """The time, in seconds, once the work queued on a GPU is done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def fastest(seconds: dict[Mode, float]) -> Mode:
    """The mode to take. The plain one, which is first, stays unless another layout is clearly faster; bfloat16, which
    rounds, has to gain more."""
    plain = next(iter(seconds))
    exact = min((mode for mode in seconds if not mode.bfloat16), key=seconds.get)
    if seconds[exact] >= WORTH * seconds[plain]:
        exact = plain
    best = min(seconds, key=seconds.get)
    return best if seconds[best] < WORTH_ROUNDING * seconds[exact] else exact
