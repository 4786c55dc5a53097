# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A network for prediction in a precision and memory layout."""
import copy
from collections.abc import Callable, Iterable
from functools import partial

import torch
from torch import Tensor, nn

from mmseg_entmin.engine.fast import Mode, depthwise, least_seconds, now

from .core import Core

Run = Callable[[Tensor], dict[str, Tensor]]
SECONDS, ROUNDS = 0.3, 6  # that each way is timed for, at least


def in_mode(mode: Mode, core: Core, copied: bool = False) -> Run:
    """Runs a core, which changes, or a copy of it, in a mode. Weights are in bfloat16 too, as nothing is trained;
    outputs are float32 or wider."""
    core = copy.deepcopy(core) if copied else core
    layout = torch.channels_last if mode.channels_last else torch.preserve_format
    core.to(memory_format=layout)
    if mode.bfloat16:
        core.bfloat16()
    elif next(core.parameters()).device.type == 'cpu':
        use_onednn(core)
    for conv in depthwise(core) if mode.float32_depthwise else ():
        conv.float()
        conv.register_forward_pre_hook(lambda _, inputs: tuple(each.float() for each in inputs))
        conv.register_forward_hook(lambda _, inputs, output: output.bfloat16())

    def run(images: Tensor) -> dict[str, Tensor]:
        images = images.to(torch.bfloat16 if mode.bfloat16 else images.dtype, memory_format=layout)
        return {name: output.float() if mode.bfloat16 else output for name, output in core(images).items()}
    return run


def seconds_of(runs: Iterable[Run], images: Tensor) -> list[float]:
    """Seconds of a forward of each."""
    return least_seconds([partial(timed, run, images) for run in runs], SECONDS, ROUNDS)


def timed(run: Run, images: Tensor) -> float:
    start = now()
    run(images)
    return now() - start


def use_onednn(core: nn.Module) -> None:
    """Lets convolutions in float32 on a CPU run in oneDNN.

    On one thread PyTorch gives small ones (kernels up to 3 x 3, less than 16 images) to a slower routine of its own.
    """
    if not torch.backends.mkldnn.is_available():
        return
    for conv in core.modules():
        if isinstance(conv, nn.Conv2d) and conv.padding_mode == 'zeros' and not isinstance(conv.padding, str):
            conv._conv_forward = partial(onednn_convolution, conv)


def onednn_convolution(conv: nn.Conv2d, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """``nn.Conv2d._conv_forward``."""
    if x.dtype != torch.float32 or x.ndim != 4 or not x.numel():
        return nn.Conv2d._conv_forward(conv, x, weight, bias)
    return torch.mkldnn_convolution(x, weight, bias, conv.padding, conv.stride, conv.dilation, conv.groups)
