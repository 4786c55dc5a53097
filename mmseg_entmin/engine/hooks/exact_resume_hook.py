# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A resumed training continues as if it had never stopped."""
from mmengine.dist import get_rank, get_world_size
from mmengine.hooks import Hook

from mmseg_entmin.engine.checkpoints.checkpoint_file import from_plain, saved_checkpoints
from mmseg_entmin.engine.resume import random_state
from mmseg_entmin.engine.resume.resumed_config import changed_settings
from mmseg_entmin.engine.resume.resumed_options import SHOWN, other_options
from mmseg_entmin.errors import Refusal
from mmseg_entmin.registry import HOOKS

from .safe_checkpoint_hook import VALIDATED, counts_epochs


class SchedulesEnd(Refusal, ValueError):
    """The schedules of a checkpoint end at rate 0 before the training does."""


@HOOKS.register_module()
class ExactResumeHook(Hook):
    """Restores the state that `SafeCheckpointHook` saved. It needs the `ResumableRunner`.

    The random states, different on each rank, are restored before the first step; a validation does not change them,
    and is repeated if it was due at the checkpoint and not done. A checkpoint of another optimizer or other schedules
    is an `OtherTraining`, one whose schedules end too early a `SchedulesEnd`.
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
            for path in saved_checkpoints(runner.work_dir)[:1]:
                runner.logger.warning(f'{runner.work_dir} has checkpoints of an earlier training, like {path.name}: '
                                      'those of the same name will be replaced, and until this training has saved one '
                                      '--resume goes on from there')
            if rank > 0:
                random_state.seed_everything([runner.seed, rank])
            return
        states, self.resumed = self.resumed['rank_states'], None
        check_resumed_schedules(runner)
        if states is not None and len(states) == world_size:
            random_state.restore_rank_state(runner.model, states[rank])
        else:
            random_state.seed_everything([runner.seed, rank, runner.iter])
            reason = 'the checkpoint holds no random states' if states is None else (
                f'it was saved by {len(states)} process(es), and now there are {world_size}')
            runner.logger.warning(f'The training goes on, but not to the bit as it would have: {reason}')
        validate_if_due(runner)

    def before_val(self, runner) -> None:
        self.before_validation = random_state.get_random_state()

    def after_val(self, runner) -> None:
        random_state.set_random_state(self.before_validation)


def warn_of_other_options(runner, checkpoint: dict) -> None:
    """Warns of options that have no effect after a resume, and of settings that take effect in the middle."""
    lines = other_options(runner.optim_wrapper, runner.param_schedulers, checkpoint, runner._load_from)
    if lines:
        runner.logger.warning(f"The checkpoint's options hold, not the config's: {first_of(lines)}. To have the "
                              "config's, start a new training from its weights with --cfg-options load_from=...")
    lines = changed_settings(runner.cfg.pretty_text, checkpoint.get('meta', {}).get('cfg'))
    if lines:
        runner.logger.warning(f"The config is not the checkpoint's, and holds from here on: {first_of(lines)}. To "
                              'train by it from the beginning, name another --work-dir')


def check_resumed_schedules(runner) -> None:
    """Warns of schedules of a checkpoint that end before a longer training does; SchedulesEnd if they end at rate 0."""
    from mmseg_entmin.config.checks.schedules import disagreements  # here: importing the package stays quick

    for line, useless in sorted(disagreements(as_config(runner)), key=lambda item: item[1]):
        if useless:
            raise SchedulesEnd(f"the schedules are those of the checkpoint: {line.partition('; set')[0]}; train to its "
                               'length, or start a new training from its weights with --cfg-options load_from=...')
        runner.logger.warning(f'The schedules are those of the checkpoint. {line}')


def as_config(runner) -> dict:
    """Length and schedules of a runner in the form of a config, for the check of schedules."""
    loop = runner.train_loop
    length = dict(max_epochs=loop.max_epochs) if counts_epochs(runner) else dict(max_iters=loop.max_iters)
    built = runner.param_schedulers or []
    lists = {name: [dict(vars(scheduler), type=type(scheduler).__name__, milestones=sorted(
        getattr(scheduler, 'milestones', ()))) for scheduler in group]  # milestones are a Counter
             for name, group in (built if isinstance(built, dict) else {'': built}).items()}
    return dict(train_cfg=length, param_scheduler=lists if isinstance(built, dict) else lists[''])


def first_of(lines: list[str]) -> str:
    """The first lines, and the number of the others."""
    return ', '.join(lines[:SHOWN]) + (f', and {len(lines) - SHOWN} more' if len(lines) > SHOWN else '')


def validate_if_due(runner) -> None:
    """Validates if an uninterrupted run would do so between the checkpoint and the next step."""
    loop = runner.train_loop
    done, total = (loop.epoch, loop.max_epochs) if counts_epochs(runner) else (loop.iter, loop.max_iters)
    if runner.val_loop is None or done == 0 or runner.message_hub.runtime_info.get(VALIDATED) == done:
        return
    if hasattr(loop, '_decide_current_val_interval'):
        loop._decide_current_val_interval()
    if done >= loop.val_begin and (done % loop.val_interval == 0 or done == total):
        runner.logger.info(f'Validating at {done}, which may not have been finished before')
        runner.val_loop.run()
