# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Several optimizers, one training step."""
from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor, nn


class JointOptimWrapper(OptimWrapperDict):
    """Optimizers of different parts of a model that all step after one backward of the sum of the losses.

    So MMEngine's own ``train_step`` and data-parallel wrapper serve a model with a discriminator: each part of the
    model gets the gradient of the losses meant for it (see ``frozen``), as if there were a backward for each.
    Accumulation, gradient synchronization and loss scaling are those of the first one; each clips its own gradients.

    Args:
        **optim_wrappers: by name; the first is the main one.
    """

    def __init__(self, **optim_wrappers: OptimWrapper) -> None:
        super().__init__(**optim_wrappers)
        self.main = next(iter(optim_wrappers.values()))
        self.scaler = getattr(self.main, 'loss_scaler', None)  # of mixed precision
        if self.scaler is not None:
            for wrapper in self.values():
                wrapper.loss_scaler = self.scaler

    @property
    def _accumulative_counts(self) -> int:
        """Iterations of an accumulation cycle; a checkpoint waits for its end."""
        return self.main._accumulative_counts

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        with self.main.optim_context(model):
            yield

    def initialize_count_status(self, model: nn.Module, cur_iter: int, max_iters: int) -> None:
        self.main.initialize_count_status(model, cur_iter, max_iters)

    def scale_loss(self, loss: Tensor) -> Tensor:
        return self.main.scale_loss(loss)

    def backward(self, loss: Tensor, **kwargs) -> None:
        self.main.backward(loss, **kwargs)

    def should_update(self) -> bool:
        return self.main.should_update()

    def update_params(self, loss: Tensor, step_kwargs: dict | None = None,
                      zero_kwargs: dict | None = None) -> None:
        """One backward; every optimizer steps if the main one would."""
        self.backward(self.scale_loss(loss))
        if self.should_update():
            self.step(**(step_kwargs or {}))
            self.zero_grad(**(zero_kwargs or {}))

    def step(self, **kwargs) -> None:
        if self.scaler is None:
            for wrapper in self.values():
                wrapper.step(**kwargs)
            return
        for wrapper in self.values():  # one scale for all, which changes once all have stepped
            if wrapper.clip_grad_kwargs:
                self.scaler.unscale_(wrapper.optimizer)
                wrapper._clip_grad()
            self.scaler.step(wrapper.optimizer, **kwargs)
        self.scaler.update(self.main._scale_update_param)

    def zero_grad(self, **kwargs) -> None:
        for wrapper in self.values():
            wrapper.zero_grad(**kwargs)
