# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Logs unlabeled images that could not be read and were replaced."""
import logging
from typing import Any

import torch
from mmengine.dist import all_reduce, get_dist_info
from mmengine.hooks import Hook
from mmengine.logging import print_log

from mmseg_entmin.datasets.guards import REPLACED
from mmseg_entmin.registry import HOOKS


def batch_metainfo(data_batch: Any) -> list[dict]:
    """The metainfo of each sample of a dataloader's batch; empty for a batch of another form."""
    samples = data_batch.get('data_samples') if isinstance(data_batch, dict) else None
    return [sample.metainfo for sample in samples or [] if hasattr(sample, 'metainfo')]


@HOOKS.register_module()
class UnreadableImagesHook(Hook):
    """Logs each unreadable file once, and the number of replacements so far, noted by `ReplacingLoader`, as
    ``unreadable``; the counts of the ranks are added up every ``interval`` iterations (default 50) and at the end."""

    priority = 'HIGH'  # before the log's line

    def __init__(self, interval: int = 50) -> None:
        self.interval = interval
        self.count = 0
        self.named: set[str] = set()

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs: dict | None = None) -> None:
        lines = [line for meta in batch_metainfo(data_batch) for line in meta.get(REPLACED, ())]
        self.count += len(lines)
        for line in lines:
            if line not in self.named:
                self.named.add(line)
                print_log(f'replaced by the next image: {line}', logger='current', level=logging.WARNING)
        distributed = get_dist_info()[1] > 1
        if (lines and not distributed) or (distributed and self.every_n_train_iters(runner, self.interval)):
            if total := self.total():
                runner.message_hub.update_scalar('train/unreadable', total)

    def after_train(self, runner) -> None:
        if total := self.total():
            print_log(f'{total} times an unlabeled image could not be read and was replaced by the next one',
                      logger='current', level=logging.WARNING)

    def total(self) -> int:
        """Replacements of all ranks so far."""
        count = torch.tensor(self.count)
        all_reduce(count)
        return int(count)
