# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trains in the fastest precision and memory layout."""
import time

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmseg_entmin.engine.fast import Mode, fastest, parse_mode, set_mode, time_modes
from mmseg_entmin.registry import HOOKS

KEY = 'fast'  # in checkpoints, and in configs


def add_fast_hook(cfg: Config) -> None:
    """Adds the hook that ``fast`` of a config asks for, in place."""
    if cfg.get('compile'):
        raise ValueError(f'fast={cfg.fast!r} and compile={cfg.compile!r}: compiled steps are not timed; leave one out')
    mode = parse_mode(cfg.fast)
    cfg.custom_hooks = [*(cfg.get('custom_hooks') or []), dict(type='FastHook', mode=mode and mode._asdict())]


@HOOKS.register_module()
class FastHook(Hook):
    """Takes the fastest `Mode` of the steps, timed with the first batch, and stores it in the checkpoints, so that a
    resumed training goes on in it. ``entmin train --fast``, or ``fast = True`` in a config, adds this hook.

    Args:
        mode: options of the mode to take. Default: the fastest.
    """

    priority = 'VERY_HIGH'

    def __init__(self, mode: dict | None = None) -> None:
        self.mode = None if mode is None else parse_mode(mode)

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        if runner._resume and self.mode is None and KEY in checkpoint:
            self.mode = Mode(**checkpoint[KEY])

    def before_train(self, runner) -> None:
        if self.mode is not None:
            runner.logger.info(f'fast: {self.mode}')
            set_mode(self.mode, runner.model, runner.optim_wrapper)

    def before_train_iter(self, runner, batch_idx: int, data_batch: dict | None = None) -> None:
        if self.mode is not None:
            return
        begun = time.perf_counter()
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        seconds = time_modes(model, runner.optim_wrapper, data_batch)
        self.mode, plain = fastest(seconds), next(iter(seconds))
        taken = time.perf_counter() - begun
        gain = f'{seconds[self.mode]:.3g} s a step, {seconds[plain]:.3g} s without' if self.mode != plain else (
            f'{seconds[plain]:.3g} s a step, and no other way is clearly faster')
        runner.logger.info(f'fast: {self.mode}: {gain} ({len(seconds)} ways timed in {taken:.0f} s)')
        set_mode(self.mode, runner.model, runner.optim_wrapper)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        if self.mode is not None:
            checkpoint[KEY] = self.mode._asdict()
