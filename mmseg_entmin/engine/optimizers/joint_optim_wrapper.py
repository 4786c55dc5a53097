# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Several optimizers, one training step."""
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor


class JointOptimWrapper(OptimWrapperDict):
    """Optimizers of different parts of a model that all step after one backward pass of the sum of the losses.

    Accumulation, gradient synchronization and loss scaling are those of the first wrapper, the main one; each clips its
    own gradients. A part that must not get the gradient of another one's losses is frozen for them (see ``frozen``).
    """

    def __init__(self, **optim_wrappers: OptimWrapper) -> None:
        super().__init__(**optim_wrappers)
        self.main = next(iter(optim_wrappers.values()))
        self.scaler = getattr(self.main, 'loss_scaler', None)  # of mixed precision
        if self.scaler is not None:
            for wrapper in self.values():
                wrapper.loss_scaler = self.scaler
        for name in ('_accumulative_counts', 'optim_context', 'initialize_count_status', 'scale_loss', 'should_update'):
            setattr(self, name, getattr(self.main, name))

    def backward(self, loss: Tensor, **kwargs) -> None:
        self.main.backward(loss, **kwargs)

    def update_params(self, loss: Tensor, step_kwargs: dict | None = None, zero_kwargs: dict | None = None) -> None:
        """One backward pass; all optimizers step if the main one would."""
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
