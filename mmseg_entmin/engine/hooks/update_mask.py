# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Keeps a bad step away from the weights, without waiting for the device."""
import math
from collections.abc import Callable
from functools import partial

import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor, nn
from torch.optim import Optimizer


class UpdateMask:
    """Zeroes all gradients before an optimizer's step if one of them is not finite, and restores running statistics.

    A loss that is not finite may have finite gradients, like a cross entropy at a logit of minus infinity. Its backward
    pass therefore starts from NaN, which reaches every process and accumulated step: the ``backward`` of
    `optim_wrapper` is replaced until `remove`. Everything happens on the device, with one kernel for each parameter and
    floating buffer. The optimizer still steps with gradients of 0: momentum and weight decay go on.
    """

    def __init__(self, model: nn.Module, optim_wrapper: OptimWrapper) -> None:
        self.buffers: list[Tensor] = [buffer for buffer in model.buffers() if buffer.is_floating_point()]
        self.copies = [buffer.clone() for buffer in self.buffers]
        self.bad_gradient = torch.zeros((), dtype=torch.bool, device=next(model.parameters()).device)
        several = isinstance(optim_wrapper, OptimWrapperDict)
        self.wrappers = list(optim_wrapper.values()) if several else [optim_wrapper]
        self.handles = [wrapper.optimizer.register_step_pre_hook(self._mask) for wrapper in self.wrappers]
        for wrapper in self.wrappers:
            wrapper.backward = partial(backward, wrapper.backward)

    def remove(self) -> None:
        """Restores the optimizers."""
        for handle in self.handles:
            handle.remove()
        for wrapper in self.wrappers:
            del wrapper.backward  # of the instance, in front of that of the class

    @torch.no_grad()
    def start(self) -> None:
        """Before a training iteration."""
        self.bad_gradient = torch.zeros_like(self.bad_gradient)
        if self.buffers:
            torch._foreach_copy_(self.copies, self.buffers)

    @torch.no_grad()
    def finish(self, bad_loss: Tensor) -> None:
        """After a training iteration: restores the buffers if the loss (a bool on the device) or a gradient is bad."""
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
    """A backward pass in which all gradients of a loss that is not finite are NaN."""
    bad = ~loss.detach().isfinite()
    loss.register_hook(lambda gradient: gradient.masked_fill(bad, math.nan))
    run(loss, **kwargs)
