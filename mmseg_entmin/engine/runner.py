# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""MMEngine's runner for trainings that may be killed and resumed."""
import sys
from typing import Any

import torch
from mmengine.evaluator import Evaluator
from mmengine.hooks import CheckpointHook, Hook
from mmengine.logging import MMLogger
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from mmengine.runner.checkpoint import _load_checkpoint_to_model
from mmseg.evaluation import IoUMetric
from mmseg.registry import RUNNERS
from torch.utils.data import DataLoader

from .explained import explained
from .hooks import SafeCheckpointHook
from .hooks.terminal_bar import can_show_bar, is_no_noise, is_short
from .resume.sample_seeds import with_sample_seeds


@RUNNERS.register_module()
class ResumableRunner(Runner):
    """A Runner that seeds each sample by itself. A ``CheckpointHook`` of the config becomes a `SafeCheckpointHook`, and
    an ``IoUMetric`` one that counts exactly. For mmseg's tools set ``runner_type='ResumableRunner'`` and
    ``custom_hooks=[dict(type='PreemptionHook'), dict(type='ExactResumeHook')]``."""

    loaded: dict | None = None  # content of the checkpoint to start from, if it was read before; used once

    def load_checkpoint(self, filename: str, map_location: Any = 'cpu', strict: bool = False,
                        revise_keys: list = [(r'^module.', '')]) -> dict:
        """As in MMEngine, but takes a checkpoint that was read before."""
        if self.loaded is None:
            return super().load_checkpoint(filename, map_location, strict, revise_keys)
        checkpoint, self.loaded = self.loaded, None
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        _load_checkpoint_to_model(self.model, checkpoint, strict, revise_keys=revise_keys)  # inside a wrapper, too
        self._has_loaded = True
        self.logger.info(f'Load checkpoint from {filename}')
        return checkpoint

    def build_logger(self, *args, **kwargs) -> MMLogger:
        """Without noise; on a terminal with a bar, also without what only the log file needs, like the config."""
        logger = super().build_logger(*args, **kwargs)
        for handler in logger.handlers:
            handler.addFilter(is_no_noise)
            if getattr(handler, 'stream', None) in (sys.stdout, sys.stderr) and can_show_bar():
                handler.addFilter(is_short)
        return logger

    @staticmethod
    def build_dataloader(dataloader: DataLoader | dict, seed: int | None = None,
                         diff_rank_seed: bool = False) -> DataLoader:
        loader = Runner.build_dataloader(with_sample_seeds(dataloader), seed, diff_rank_seed)
        if loader.generator is None:  # each pass draws a number, which would differ after a resume
            loader.generator = torch.Generator().manual_seed(seed or 0)
        return loader

    def build_optim_wrapper(self, optim_wrapper: OptimWrapper | dict) -> OptimWrapper | OptimWrapperDict:
        with explained(self.cfg):
            return super().build_optim_wrapper(optim_wrapper)

    def build_param_scheduler(self, scheduler: Any) -> list | dict[str, list]:
        with explained(self.cfg):
            return super().build_param_scheduler(scheduler)

    def build_evaluator(self, evaluator: dict | list | Evaluator) -> Evaluator:
        if isinstance(evaluator, (list, tuple)):
            return super().build_evaluator([exact(metric) for metric in evaluator])
        return super().build_evaluator(exact(evaluator))

    def register_hook(self, hook: Hook | dict, priority: str | int | None = None) -> None:
        kind = hook.get('type') if isinstance(hook, dict) else None
        if kind is CheckpointHook or (isinstance(kind, str) and kind.split('.')[-1] == 'CheckpointHook'):
            hook = dict(hook, type=SafeCheckpointHook)
        super().register_hook(hook, priority)


def exact(metric: dict | Evaluator) -> dict | Evaluator:
    """The exact metric in place of mmseg's ``IoUMetric``; other metrics unchanged."""
    kind = metric.get('type') if isinstance(metric, dict) else None
    if kind is IoUMetric or (isinstance(kind, str) and kind.split('.')[-1] == 'IoUMetric'):
        return dict(metric, type='ExactIoUMetric')
    return metric
