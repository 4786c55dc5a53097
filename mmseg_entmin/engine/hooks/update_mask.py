# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Keeps a step that went wrong away from the weights, without asking the device whether it did."""
import math
from collections.abc import Callable
from functools import partial

import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor, nn
from torch.optim import Optimizer


class UpdateMask:
    """Zeroes all gradients before an optimizer's step if one of them is not finite, and restores running statistics.

    A loss that is not finite may have finite gradients, as a cross entropy at a logit of minus infinity: its backward
    pass starts from a gradient that is not a number, so that it counts as well, in every process and accumulated step.

    Everything happens on the device, as in a GradScaler's unscaling: the host never waits. The optimizer still steps,
    with gradients of 0: momentum and weight decay go on, nothing that is not finite arrives. It costs one kernel for
    each parameter and each floating buffer, and a copy of the buffers.

    Args:
        model: whose floating buffers (the batch norms' running statistics) are restored.
        optim_wrapper: whose optimizers are masked, and whose ``backward`` is replaced until :meth:`remove`.
    """

    def __init__(self, model: nn.Module, optim_wrapper: OptimWrapper) -> None:
        self.buffers: list[Tensor] = [buffer for buffer in model.buffers() if buffer.is_floating_point()]
        self.copies = [buffer.clone() for buffer in self.buffers]
        self.bad_gradient = torch.zeros((), dtype=torch.bool, device=next(model.parameters()).device)
        self.wrappers = wrappers_of(optim_wrapper)
        self.handles = [wrapper.optimizer.register_step_pre_hook(self._mask) for wrapper in self.wrappers]
        for wrapper in self.wrappers:
            wrapper.backward = partial(backward, wrapper.backward)

    def remove(self) -> None:
        """Lets the optimizers step as they are again."""
        for handle in self.handles:
            handle.remove()
        for wrapper in self.wrappers:
            del wrapper.backward  # of the instance; that of the class is behind it

    @torch.no_grad()
    def start(self) -> None:
        """Before a training iteration."""
        self.bad_gradient = torch.zeros_like(self.bad_gradient)
        if self.buffers:
            torch._foreach_copy_(self.copies, self.buffers)

    @torch.no_grad()
    def finish(self, bad_loss: Tensor) -> None:
        """After a training iteration: takes the buffers back if the loss or a gradient is not finite.

        Args:
            bad_loss: a bool on the device, shape ().
        """
        bad = bad_loss | self.bad_gradient
        for buffer, copy in zip(self.buffers, self.copies):
            torch.where(bad, copy, buffer, out=buffer)

    @torch.no_grad()
    def _mask(self, optimizer: Optimizer, args: tuple, kwargs: dict) -> None:
        gradients = [p.grad for group in optimizer.param_groups for p in group['params'] if p.grad is not None]
        if not gradients:
            return
        bad = ~torch.stack(torch._foreach_norm(gradients, float('inf'))).isfinite().all()
        for gradient in gradients:
            gradient.masked_fill_(bad, 0)
        self.bad_gradient |= bad


def backward(run: Callable[..., None], loss: Tensor, **kwargs) -> None:
    """A backward pass of which no gradient is finite where the loss is not."""
    bad = ~loss.detach().isfinite()
    loss.register_hook(lambda gradient: gradient.masked_fill(bad, math.nan))
    run(loss, **kwargs)


def wrappers_of(optim_wrapper: OptimWrapper) -> list[OptimWrapper]:
    """The wrappers of one optimizer each."""
    return list(optim_wrapper.values()) if isinstance(optim_wrapper, OptimWrapperDict) else [optim_wrapper]
