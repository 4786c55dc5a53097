# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Checkpoints that survive a kill or a full disk, with all that an exact resume needs."""
import copy
import logging
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook, EMAHook
from mmengine.logging import print_log

from mmseg_entmin.atomic import remove_partial_files, write_atomic
from mmseg_entmin.engine.checkpoints.checkpoint_file import to_plain
from mmseg_entmin.engine.resume.random_state import gather_rank_states
from mmseg_entmin.errors import Refusal
from mmseg_entmin.registry import HOOKS

VALIDATED = 'last_validated'


class CheckpointNotSaved(Refusal, OSError):
    """The last checkpoint of a run could not be written; the one before it is complete."""


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """MMEngine's ``CheckpointHook``, with its options and file names, that loses nothing.

    Files are written under another name and renamed, and only then are old checkpoints removed: the disk needs room for
    one more. If a checkpoint cannot be written, the log has an error and the training goes on; the last one, or one
    after a signal, is a `CheckpointNotSaved`. Checkpoints hold the random states of every rank, in plain values
    (``weights_only=True``). One that is due within an accumulation cycle or an epoch is saved at its end.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.file_backend = KeepUntilFlush(None)
        self.due = False
        self.rank_states: list[dict] | None = None  # during a validation: those before it

    def before_train(self, runner) -> None:
        super().before_train(runner)
        if self.backend_args is None and self.file_client_args is None and '://' not in str(self.out_dir):
            self.backend_args = dict(backend='atomic')
            if is_main_process():
                remove_partial_files(self.out_dir)
                remove_partial_files(runner.work_dir)
        self.file_backend = KeepUntilFlush(self.file_backend)
        best = getattr(self, 'best_ckpt_path_dict', {})
        for paths, name in ((vars(self), 'best_ckpt_path'), *((best, name) for name in best)):
            if paths.get(name):  # an absolute path, but the work dir may have been moved
                paths[name] = self.file_backend.join_path(self.out_dir, Path(paths[name]).name)
        if self.by_epoch and not counts_epochs(runner):
            runner.logger.warning('The checkpoint hook counts epochs, but the training iterations: nothing is saved '
                                  'before its end; set default_hooks.checkpoint.by_epoch=False')

    def after_train_iter(self, runner, batch_idx: int, data_batch: Any = None, outputs: dict | None = None) -> None:
        if self.by_epoch:
            return
        last = self.save_last and self.is_last_train_iter(runner)
        self.due |= last or self.every_n_train_iters(runner, self.interval, self.save_begin)
        if self.due and at_cycle_end(runner, runner.iter + 1) and not counts_epochs(runner):
            self._save_iter(runner, runner.iter + 1, runner.epoch, must=last)

    def after_train_epoch(self, runner) -> None:
        last = self.save_last and self.is_last_train_epoch(runner)
        if self.by_epoch and (last or self.every_n_epochs(runner, self.interval, self.save_begin)):
            runner.logger.info(f'Saving checkpoint at {runner.epoch + 1} epochs')
            self._save(runner, runner.epoch + 1, dict(epoch=runner.epoch + 1, iter=runner.iter), must=last)
        elif self.due and counts_epochs(runner):
            self._save_iter(runner, runner.iter, runner.epoch + 1, must=last)

    def after_train(self, runner) -> None:
        """Saves the last state if a hook like ``EarlyStoppingHook`` stopped the training, which MMEngine does not."""
        done = runner.epoch if self.by_epoch else runner.iter
        last = self.last_ckpt and Path(self.last_ckpt).name
        if self.save_last and runner.iter < runner.max_iters and last != self.filename_tmpl.format(done):
            runner.logger.info(f'The training was stopped after {runner.iter} iterations; saving its last state')
            self._save(runner, done, dict(epoch=runner.epoch, iter=runner.iter), must=True)
        super().after_train(runner)

    def before_val(self, runner) -> None:
        self.rank_states = gather_rank_states(runner.model)  # a validation may draw random numbers

    def after_val_epoch(self, runner, metrics: dict | None = None) -> None:
        runner.message_hub.update_info(VALIDATED, runner.epoch if counts_epochs(runner) else runner.iter)
        best = [name for name in ('best_ckpt_path', 'best_ckpt_path_dict') if hasattr(self, name)]
        before = {name: copy.copy(getattr(self, name)) for name in best}
        info = {name: value for name, value in runner.message_hub.runtime_info.items() if name.startswith('best_')}
        try:
            super().after_val_epoch(runner, metrics)
        except OSError as error:  # the best one so far stays the best
            vars(self).update(before)
            new = {name: None for name in runner.message_hub.runtime_info if name.startswith('best_')}
            _update_info(runner, {**new, **info})
            _report(runner, error, must=False)
        self._remove_outdated()

    def after_val(self, runner) -> None:
        self.rank_states = None

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        if self.rank_states is not None:  # else another checkpoint hook is saving
            checkpoint['rank_states'] = self.rank_states
        for name, value in checkpoint.items():
            if name not in ('state_dict', 'ema_state_dict'):  # which are ordered, with versions of the modules
                checkpoint[name] = to_plain(value)

    def save_now(self, runner, step: int) -> bool:
        """Saves a checkpoint after ``step`` iterations, if there is none; whether it exists now. It does not in a
        training by epochs and within an accumulation cycle. After a save during a validation the run has to end."""
        if self.by_epoch or counts_epochs(runner) or not at_cycle_end(runner, step):
            return False
        if self.last_ckpt is not None and Path(self.last_ckpt).name == self.filename_tmpl.format(step):
            return True
        if self.rank_states is not None:
            for hook in runner.hooks:
                if isinstance(hook, EMAHook):  # it swaps the weights for the validation
                    hook.after_val_epoch(runner)
        self._save(runner, step, dict(epoch=runner.epoch, iter=step), must=True)
        return True

    def _save_iter(self, runner, step: int, epoch: int, must: bool) -> None:
        self.due = False
        runner.logger.info(f'Saving checkpoint at {step} iterations')
        self._save(runner, step, dict(epoch=epoch, iter=step), must)

    def _save(self, runner, step: int, meta: dict, must: bool) -> None:
        try:
            self._save_checkpoint_with_step(runner, step, meta)
        except OSError as error:
            _report(runner, error, must)
        self._remove_outdated()

    def _save_checkpoint_with_step(self, runner, step: int, meta: dict) -> None:
        """MMEngine's would remove old checkpoints before it writes, and truncate ``last_checkpoint``."""
        validating = self.rank_states is not None
        if validating and not self.by_epoch and not at_cycle_end(runner, step):
            return  # MMEngine would note the new best checkpoint in one of this moment
        if not validating:
            self.rank_states = gather_rank_states(runner.model)
        name = self.filename_tmpl.format(step)
        path = self.file_backend.join_path(self.out_dir, name)
        info = {'last_ckpt': path}
        if self.max_keep_ckpts > 0:
            kept = [*(kept for kept in self.keep_ckpt_ids if kept != step), step]
            info['keep_ckpt_ids'] = kept[-self.max_keep_ckpts:]
        before = {key: runner.message_hub.runtime_info.get(key) for key in info}
        _update_info(runner, info)
        try:
            runner.save_checkpoint(self.out_dir, name, self.file_client_args, save_optimizer=self.save_optimizer,
                                   save_param_scheduler=self.save_param_scheduler, meta=meta, by_epoch=self.by_epoch,
                                   backend_args=self.backend_args, **self.args)
            if is_main_process():
                write_atomic(str(path).encode(), Path(runner.work_dir, 'last_checkpoint'))
        except OSError:
            _update_info(runner, before)
            raise
        finally:
            if not validating:
                self.rank_states = None
        self.last_ckpt = path
        if self.max_keep_ckpts > 0:
            self.keep_ckpt_ids.clear()
            self.keep_ckpt_ids.extend(info['keep_ckpt_ids'])
            for old in kept[:-self.max_keep_ckpts]:
                self.file_backend.remove(self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(old)))

    def _remove_outdated(self) -> None:
        best = getattr(self, 'best_ckpt_path_dict', {}).values()
        self.file_backend.flush(keep={self.last_ckpt, getattr(self, 'best_ckpt_path', None), *best})


class KeepUntilFlush:
    """A file backend that removes files only after their replacements were written."""

    def __init__(self, backend) -> None:
        self.backend = backend
        self.outdated: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def remove(self, path: str) -> None:
        self.outdated.append(path)

    rmtree = remove

    def flush(self, keep: set) -> None:
        for path in (path for path in self.outdated if path not in keep and is_main_process()):
            try:
                if self.backend.isfile(path):
                    self.backend.remove(path)
                elif self.backend.isdir(path):  # checkpoints of deepspeed are folders
                    self.backend.rmtree(path)
            except OSError as error:  # the training can go on
                print_log(f'An old checkpoint cannot be removed: {error}; remove it yourself', logger='current',
                          level=logging.WARNING)
        self.outdated.clear()


def counts_epochs(runner) -> bool:
    """Whether the training loop counts epochs."""
    return not hasattr(runner._train_loop, 'dataloader_iterator')


def at_cycle_end(runner, iters: int) -> bool:
    """Whether no gradients are accumulated after so many iterations."""
    counts = getattr(runner.optim_wrapper, '_accumulative_counts', 1)
    return iters % counts == 0 or iters == runner.max_iters


def _update_info(runner, info: dict) -> None:
    for key, value in info.items():
        if value is None:
            runner.message_hub.runtime_info.pop(key, None)
        else:
            runner.message_hub.update_info(key, value)


def _report(runner, error: OSError, must: bool) -> None:
    message = f'The checkpoint could not be saved: {error}. '
    if must:
        raise CheckpointNotSaved(f'{message}Make room in {runner.work_dir} and go on with --resume') from error
    runner.logger.error(f'{message}The training goes on; the checkpoints before it are untouched')
