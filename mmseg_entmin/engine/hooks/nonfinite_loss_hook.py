# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Stops the training, or skips the step, if a loss is not finite."""
import logging
import math
from collections import deque
from dataclasses import dataclass

import torch
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from torch import Tensor

from mmseg_entmin.engine.hooks.update_mask import UpdateMask
from mmseg_entmin.errors import Refusal
from mmseg_entmin.models.options import check_at_least_one, check_choice
from mmseg_entmin.registry import HOOKS
from mmseg_entmin.words import amount

from .unreadable_images_hook import batch_metainfo

STOP, SKIP = 'stop', 'skip'
GRADIENT = 'gradient'
REMEDY = ('lower the learning rate, or skip such steps: '
          "custom_hooks=[dict(type='NonFiniteLossHook', on_nonfinite='skip')]")


class NonFiniteLoss(Refusal, RuntimeError):
    """A loss, a gradient or a weight that is not finite."""


@dataclass
class Step:
    """A training step whose losses are being copied to the host."""

    iteration: int  # counted from 1, as in the log
    names: list[str]  # of the values
    values: Tensor  # on the host after the event
    event: torch.cuda.Event | None  # None on the CPU
    images: list[str]  # files of the batch


@HOOKS.register_module()
class NonFiniteLossHook(Hook):
    """Names the loss, the iteration and the images of the first batch with an infinite or NaN loss: `NonFiniteLoss`.

    A step does not wait for the device: losses are checked when they arrive, on a GPU one or two steps later. A
    checkpoint is written only after all its losses and weights were checked. ``on_nonfinite='stop'`` (default) ends the
    training; 'skip' logs a step with a loss or gradient that is not finite, undoes it (see `UpdateMask`) and goes on,
    until ``patience`` (default 20, >= 1) steps in a row are skipped.
    """

    priority = 'ABOVE_NORMAL'  # before an EMA hook takes the weights and statistics over

    def __init__(self, on_nonfinite: str = STOP, patience: int = 20) -> None:
        check_choice(self, 'on_nonfinite', on_nonfinite, (STOP, SKIP))
        check_at_least_one(self, patience=patience)
        self.on_nonfinite, self.patience = on_nonfinite, patience
        self.pending: deque[Step] = deque()
        self.mask: UpdateMask | None = None
        self.skipped = self.in_a_row = 0

    def before_train(self, runner) -> None:
        if self.on_nonfinite == SKIP:
            self.mask = UpdateMask(runner.model, runner.optim_wrapper)

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        if self.mask is not None:
            self.mask.start()

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs: dict | None = None) -> None:
        losses = {name: value.detach().float() for name, value in (outputs or {}).items()
                  if 'loss' in name and isinstance(value, Tensor)}
        if not losses:
            return
        values = torch.stack(list(losses.values()))
        names = list(losses)
        if self.mask is not None:
            self.mask.finish(~values.isfinite().all())
            gradient = torch.zeros_like(values[:1]).masked_fill_(self.mask.bad_gradient, math.nan)
            values, names = torch.cat([values, gradient]), [*names, GRADIENT]
        event = None
        if values.is_cuda:
            values = values.to('cpu', non_blocking=True)  # into pinned memory
            event = torch.cuda.Event()
            event.record()
        images = [meta['img_path'] for meta in batch_metainfo(data_batch) if 'img_path' in meta]
        self.pending.append(Step(runner.iter + 1, names, values.cpu(), event, images))
        self.look(runner)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        self.look(runner, wait=True)
        module = runner.model.module if is_model_wrapper(runner.model) else runner.model
        constant = {name for name, _ in module.named_buffers()}
        constant |= {name for name, weight in module.named_parameters() if not weight.requires_grad}
        for name, weight in checkpoint['state_dict'].items():  # gathered, and on the host
            if name not in constant and isinstance(weight, Tensor) and not weight.isfinite().all():
                advice = REMEDY if self.on_nonfinite == STOP else 'lower the learning rate'
                raise NonFiniteLoss(f'{name} is not finite, though the losses were; the checkpoint is not written. '
                                    f'A gradient was not, as a rule: {advice}')

    def before_val(self, runner) -> None:
        self.look(runner, wait=True)

    def after_train(self, runner) -> None:
        self.look(runner, wait=True)
        if self.mask is not None:
            self.mask.remove()
        if self.skipped:
            print_log(f'{amount(self.skipped, "step was", "steps were")} skipped for a loss that is not '
                      'finite', logger='current', level=logging.WARNING)

    def look(self, runner, wait: bool = False) -> None:
        """Checks the steps whose losses have arrived, or with ``wait`` all steps."""
        while self.pending:
            step = self.pending[0]
            if step.event is not None:
                if wait:
                    step.event.synchronize()
                elif not step.event.query():
                    return
            self.pending.popleft()
            bad = {name: value for name, value in zip(step.names, step.values.tolist()) if not math.isfinite(value)}
            if bad:
                self.stop_or_skip(runner, step, bad)
            else:
                self.in_a_row = 0

    def stop_or_skip(self, runner, step: Step, bad: dict) -> None:
        """Raises or logs, by the option."""
        sums = ('loss', GRADIENT)  # named only if no single loss is to blame
        named = [f'{name} is {value}' for name, value in bad.items() if name not in sums] or [
            f'{name} is {value}' for name, value in bad.items() if name != GRADIENT]
        what = ', '.join(named) or 'a gradient is not finite: of these losses, another process or an accumulated step'
        message = f"iteration {step.iteration}: {what}; images of the batch: {', '.join(step.images) or 'unknown'}"
        if self.on_nonfinite == STOP:
            raise NonFiniteLoss(f'{message}; look at them (entmin check-data --full), {REMEDY}')
        self.skipped += 1
        self.in_a_row += 1
        runner.message_hub.update_scalar('train/skipped_steps', self.skipped)
        print_log(f'step skipped, {message}', logger='current', level=logging.WARNING)
        if self.in_a_row >= self.patience:
            raise NonFiniteLoss(f'{message}; it was skipped, as were {self.in_a_row - 1} steps right before it: '
                                'training goes nowhere, lower the learning rate')
