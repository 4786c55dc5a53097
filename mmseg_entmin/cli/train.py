# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trains a segmentor: ``entmin train CONFIG [options]``."""
import os
import sys
from argparse import Namespace
from contextlib import suppress

from mmengine.config import Config
from mmengine.device import get_device
from torch.distributed.elastic.multiprocessing.errors import record

from mmseg_entmin.config import checks
from mmseg_entmin.config.boards import add_board
from mmseg_entmin.config.cfg_options import parse_options
from mmseg_entmin.config.checks.schedules import drop_short_warmups
from mmseg_entmin.config.read_config import read_run_config
from mmseg_entmin.datasets.checks import list_reader, refuse_lists, survey
from mmseg_entmin.datasets.checks.survey import OFF, parse_extent
from mmseg_entmin.engine.build import build_runner, prepare_run
from mmseg_entmin.engine.checkpoints import checkpoint_file as files
from mmseg_entmin.engine.hooks.fast_hook import KEY
from mmseg_entmin.engine.run import build_training_data, train
from mmseg_entmin.engine.summary import closing, opening
from mmseg_entmin.errors import Refusal, errors_as_lines
from mmseg_entmin.walk import dict_at, type_name

LATEST = 'latest'


@record
def main(args: Namespace) -> None:
    """The steps of a training; each list, mask and checkpoint is read once and handed on."""
    with errors_as_lines():
        cfg = read_train_config(args)
        asked = parse_options(args.cfg_options).get('randomness.seed') if args.seed is None else args.seed
        checkpoint = load_checkpoint(cfg, args.resume, asked)
        read_list = list_reader()
        checks.check_config(cfg, read_list=read_list)
        refuse_lists(cfg, read_list)
        checks.refuse_weights(cfg)
        warnings = [*drop_short_warmups(cfg), *checks.schedule_warnings(cfg), *checks.copy_warnings(cfg),
                    *checks.albu_warnings(cfg), *checks.unexpected(cfg)]
        prepare_run(cfg)
    with errors_as_lines(Refusal):
        runner = build_runner(cfg, checkpoint, whole=cfg.get('resume', False))
    del checkpoint  # the runner has it, and lets go of it once it is loaded
    with errors_as_lines():
        for line in [*warnings, *checks.optimizer_key_warnings(cfg, runner.model)]:
            runner.logger.warning(line)
        checks.refuse_losses(runner.model)
        surveyed = survey(cfg, args.check_data, read_list)
        build_training_data(runner, surveyed)
    with errors_as_lines(Refusal):
        with suppress(AttributeError, TypeError):  # a dataset or a loop of the user's may lack what is shown
            runner.logger.info(opening(runner))
        train(runner)
        runner.logger.info(closing(runner, args))


def read_train_config(args: Namespace) -> Config:
    """The config, with what the command line changes in it."""
    parse_extent(args.check_data if args.check_data is not None else OFF)  # before anything takes time
    cfg = read_run_config(args.config, args.work_dir, args.data_root, args.cfg_options, args.launcher, args.local_rank)
    for key in ('model', 'train_dataloader.dataset', 'train_cfg', 'optim_wrapper'):
        if not dict_at(cfg, key):
            raise ValueError(f"config '{args.config}' has no {key}, which a training needs")
    if args.seed is not None:
        cfg.merge_from_dict({'randomness.seed': args.seed})
    if args.amp:
        enable_amp(cfg, args.amp)
    if args.fast:
        cfg.fast = cfg.get('fast') or True
    if args.board is not None:
        add_board(cfg, args.board)
    return cfg


def load_checkpoint(cfg: Config, resume: str | None, seed: int | None = None) -> dict | None:
    """The content of the checkpoint to resume (see `resume_training`) or to start from, if there is one."""
    if resume is None and cfg.get('resume') and not cfg.get('load_from'):
        resume = LATEST
    checkpoint = None if resume is None else resume_training(cfg, resume, seed)
    if checkpoint is None and cfg.get('load_from'):
        checkpoint = files.read_checkpoint(cfg.load_from)
    return checkpoint


def resume_training(cfg: Config, checkpoint: str, seed: int | None = None) -> dict | None:
    """Makes the run resume from a checkpoint (file, URL or ``LATEST`` of the work dir) and returns its content, or None
    if ``LATEST`` finds none; a broken one is named and the one before it is used. It sets ``load_from``, ``resume`` and
    the checkpoint's seed, which gives the order of the data. ValueError if all are broken, or for another ``seed``."""
    restarted = int(os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)) > 0
    path, state = None, {}
    if checkpoint == LATEST or restarted:  # a restart goes on from what was saved since the start
        path, state, broken = files.newest_training_state(cfg.work_dir)
        for problem in broken:
            print(f'warning: {problem}; going on from {path}', file=sys.stderr)
    if path is None and checkpoint == LATEST:
        return None
    path = path or checkpoint
    if not state:
        state = files.read_checkpoint(path) if '://' in str(path) else files.read_training_state(path)
    cfg.resume, cfg.load_from = True, str(path)
    saved = state.get('meta', {}).get('seed')
    if saved is not None:
        if seed is not None and seed != saved:
            raise ValueError(f"seed {seed} is asked for, but checkpoint '{path}' is of a training with seed {saved}; "
                             'leave the seed out to go on with it, or name another --work-dir to start a new one')
        cfg.merge_from_dict({'randomness.seed': saved})
    if cfg.get('fast') is None and KEY in state:
        cfg.fast = True  # takes the mode of the checkpoint
    return state


def enable_amp(cfg: Config, dtype: str = 'auto') -> None:
    """Turns ``OptimWrapper`` into ``AmpOptimWrapper`` with dynamic loss scaling, or into ``CPUAmpOptimWrapper``;
    ValueError without a GPU and a named type, or for another optimizer wrapper."""
    cpu = get_device() == 'cpu'
    if cpu and dtype == 'auto':
        raise ValueError('--amp needs a GPU and none is available; leave it out to train in single precision, or name '
                         'the type, as in --amp bfloat16, to have it on the CPU')
    wrapper = cfg.optim_wrapper
    kind = type_name(wrapper) or 'OptimWrapper'
    if kind not in ('OptimWrapper', 'AmpOptimWrapper', 'CPUAmpOptimWrapper') or 'optimizer' not in wrapper:
        raise ValueError('--amp turns a single OptimWrapper into AmpOptimWrapper, but optim_wrapper of this config has '
                         f'type {kind!r} and keys {sorted(wrapper)}; set the types in the config')
    wrapper.type = 'CPUAmpOptimWrapper' if cpu else 'AmpOptimWrapper'
    if dtype != 'auto':
        wrapper.dtype = dtype
    if cpu:
        wrapper.pop('loss_scale', None)
    else:
        wrapper.setdefault('loss_scale', 'dynamic')
