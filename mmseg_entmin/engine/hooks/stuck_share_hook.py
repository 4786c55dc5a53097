# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Warns if nothing is learned from unlabeled images, or one class alone."""
import logging
import re

from mmengine.hooks import Hook, LoggerHook
from mmengine.logging import print_log
from mmengine.runner import Runner

from mmseg_entmin.models.options import check_at_least_one
from mmseg_entmin.registry import HOOKS

MEANING = {
    ('selected', 0): 'no unlabeled pixel is sure enough to be trained on; lower the threshold',
    ('selected', 1): 'every unlabeled pixel is trained on, the threshold leaves none out',
    ('share', 0): 'the class is predicted nowhere in the unlabeled images',
    ('share', 1): 'all unlabeled pixels are predicted as this class; lower the weight or let it rise more slowly'}


@HOOKS.register_module()
class StuckShareHook(Hook):
    """Warns once of each logged share ('....selected', or '....share_c' of class c) that stays at 0 or 1.

    It reads the mean every ``interval`` iterations (default: as the LoggerHook, or 50); a share is stuck after
    ``patience`` readings in a row (default 5, >= 1).
    """

    def __init__(self, interval: int | None = None, patience: int = 5) -> None:
        check_at_least_one(self, patience=patience)
        self.interval, self.patience = interval, patience
        self.stuck: dict[tuple[str, int], int] = {}  # readings in a row at 0 or at 1
        self.warned = set()

    def before_train(self, runner: Runner) -> None:
        if self.interval is None:
            loggers = [hook for hook in runner.hooks if isinstance(hook, LoggerHook)]
            self.interval = loggers[0].interval if loggers else 50

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs: dict | None = None) -> None:
        if not self.every_n_train_iters(runner, self.interval):
            return
        found: list[str] = []
        for key, history in runner.message_hub.log_scalars.items():
            kind = re.search(r'(selected|share)(_\d+)?$', key)
            if key.startswith('train/') and kind:
                found += self.read(key[len('train/'):], kind[1], history.mean(self.interval))
        if found:
            print_log('shares that do not move: ' + '; '.join(found), logger='current', level=logging.WARNING)

    def read(self, key: str, kind: str, value: float) -> list[str]:
        """Notes one reading; returns the warning if the share is stuck now."""
        found = []
        for end in (0, 1):
            at_end = abs(value - end) < 1e-6
            self.stuck[key, end] = self.stuck.get((key, end), 0) + 1 if at_end else 0
            if self.stuck[key, end] >= self.patience and (key, end) not in self.warned:
                self.warned.add((key, end))
                count = self.patience * self.interval
                found.append(f'{key} has been {end} for {count} iterations ({MEANING[kind, end]})')
        return found
