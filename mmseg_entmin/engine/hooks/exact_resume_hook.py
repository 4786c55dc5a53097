# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A resumed training goes on as if it had never stopped."""

from mmengine.dist import get_rank, get_world_size
from mmengine.hooks import Hook

from mmseg_entmin.engine.checkpoints.checkpoint_file import from_plain, saved_checkpoints
from mmseg_entmin.engine.resume.random_state import (
    get_random_state,
    restore_rank_state,
    seed_everything,
    set_random_state,
)
from mmseg_entmin.engine.resume.resumed_config import changed_settings
from mmseg_entmin.engine.resume.resumed_options import SHOWN, other_options
from mmseg_entmin.errors import Refusal
from mmseg_entmin.registry import HOOKS

from .safe_checkpoint_hook import VALIDATED, counts_epochs


class SchedulesEnd(Refusal, ValueError):
    """The schedules of a checkpoint end, at rate 0, before the training does."""


@HOOKS.register_module()
class ExactResumeHook(Hook):
    """Restores what :class:`SafeCheckpointHook` saved, and keeps apart the random draws that a resume would shift.

    The random states of every rank come back just before the first step. A validation leaves them as they were, so
    that one that is cut off changes nothing; the one due at the checkpoint's iteration is done again after a resume,
    unless the checkpoint is known to be of after it. Ranks draw different numbers from the beginning: the noise of one
    rank's images is not that of another's. All that is needed besides is the runner's part, see
    :class:`ResumableRunner`.

    Raises:
        SchedulesEnd: see :func:`check_resumed_schedules`.
        OtherTraining: a checkpoint of another optimizer or other schedules, see :mod:`resumed_options`.
    """

    priority = 'LOWEST'

    def __init__(self) -> None:
        self.resumed: dict | None = None
        self.before_validation: dict | None = None

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        if not runner._resume:  # only weights are wanted
            return
        warn_of_other_options(runner, checkpoint)
        checkpoint['message_hub'] = from_plain(checkpoint['message_hub'])
        self.resumed = dict(rank_states=checkpoint.get('rank_states'))

    def before_train(self, runner) -> None:
        rank, world_size = get_rank(), get_world_size()
        if self.resumed is None:
            warn_of_earlier_training(runner)
            if rank > 0:
                seed_everything([runner.seed, rank])
            return
        states, self.resumed = self.resumed['rank_states'], None
        check_resumed_schedules(runner)
        if states is not None and len(states) == world_size:
            restore_rank_state(runner.model, states[rank])
        else:
            seed_everything([runner.seed, rank, runner.iter])
            reason = 'the checkpoint holds no random states' if states is None else (
                f'it was saved by {len(states)} process(es), and now there are {world_size}')
            runner.logger.warning(f'The training goes on, but not to the bit as it would have: {reason}')
        validate_if_due(runner)

    def before_val(self, runner) -> None:
        self.before_validation = get_random_state()

    def after_val(self, runner) -> None:
        set_random_state(self.before_validation)


def warn_of_other_options(runner, checkpoint: dict) -> None:
    """A rate, a schedule's end, ... of the config that differ from the checkpoint's have no effect; a weight of a loss,
    an augmentation, ... would have it from here on."""
    lines = other_options(runner.optim_wrapper, runner.param_schedulers, checkpoint, runner._load_from)
    if lines:
        runner.logger.warning(f"The checkpoint's options hold, not the config's: {first_of(lines)}. To have the "
                              "config's, start a new training from its weights with --cfg-options load_from=...")
    lines = changed_settings(runner.cfg.pretty_text, checkpoint.get('meta', {}).get('cfg'))
    if lines:
        runner.logger.warning(f"The config is not the checkpoint's, and holds from here on: {first_of(lines)}. To "
                              'train by it from the beginning, name another --work-dir')


def check_resumed_schedules(runner) -> None:
    """The schedules of a checkpoint hold; in a training that has become longer they may end before it does.

    Raises:
        SchedulesEnd: at rate 0, so that nothing would be learned from there on.
    """
    from mmseg_entmin.config.checks.schedules import disagreements  # here: importing the package stays quick

    found = list(disagreements(as_config(runner)))
    for line in (line for line, useless in found if not useless):
        runner.logger.warning(f'The schedules are those of the checkpoint. {line}')
    for line in (line for line, useless in found if useless):
        what = line.partition('; set')[0]
        raise SchedulesEnd(f'the schedules are those of the checkpoint: {what}; train to its length, or start a new '
                           'training from its weights with --cfg-options load_from=...')


def as_config(runner) -> dict:
    """Length and schedules of a runner, as far as a check needs them, in the form of a config."""
    loop = runner.train_loop
    length = dict(max_epochs=loop.max_epochs) if counts_epochs(runner) else dict(max_iters=loop.max_iters)
    built = runner.param_schedulers or []
    groups = built if isinstance(built, dict) else {'': built}
    lists = {name: [dict(vars(scheduler), type=type(scheduler).__name__) for scheduler in group]
             for name, group in groups.items()}
    for scheduler in (scheduler for group in lists.values() for scheduler in group if 'milestones' in scheduler):
        scheduler['milestones'] = sorted(scheduler['milestones'])  # a Counter
    return dict(train_cfg=length, param_scheduler=lists if isinstance(built, dict) else lists[''])


def warn_of_earlier_training(runner) -> None:
    """What a used work dir holds is what a resume of a new training would go on from, until that has saved its own."""
    for path in saved_checkpoints(runner.work_dir)[:1]:
        runner.logger.warning(f'{runner.work_dir} has checkpoints of an earlier training, like {path.name}: those of '
                              'the same name will be replaced, and until this training has saved one --resume goes on '
                              'from there')


def first_of(lines: list[str]) -> str:
    """The first few, and the number of the others."""
    return ', '.join(lines[:SHOWN]) + (f', and {len(lines) - SHOWN} more' if len(lines) > SHOWN else '')


def validate_if_due(runner) -> None:
    """Validates if an uninterrupted run would have between the checkpoint and its next step, and may not have yet."""
    loop = runner.train_loop
    done, total = (loop.epoch, loop.max_epochs) if counts_epochs(runner) else (loop.iter, loop.max_iters)
    if runner.val_loop is None or done == 0 or runner.message_hub.runtime_info.get(VALIDATED) == done:
        return
    if hasattr(loop, '_decide_current_val_interval'):
        loop._decide_current_val_interval()
    if done >= loop.val_begin and (done % loop.val_interval == 0 or done == total):
        runner.logger.info(f'Validating at {done}, which may not have been finished before')
        runner.val_loop.run()
