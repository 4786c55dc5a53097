# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes the configs of a plan: one for each method, one for each run, and one for training on all masks."""
import os
from pathlib import Path

from mmengine.config import Config

from mmseg_entmin.datasets.splits import write_lists
from mmseg_entmin.project.schedule import scale
from mmseg_entmin.walk import plain

from .methods import BASELINES, Setting, config_text, key_of
from .plan import Plan, Run, lists_of
from .project import Project

CHECKPOINTS, MOST_STEPS = 4, 500  # a run saves so often, and at least every so many steps
MEMORY = 256  # MiB of images that a run on a CPU keeps, instead of reading them again


def write_configs(project: Project, plan: Plan, folder: Path, workers: bool) -> None:
    """Writes splits/, methods/ and runs/ below `folder`. Without `workers` images are loaded in the training's own
    process."""
    write_lists({folder / 'splits' / f'{name}.txt': stems for name, stems in lists_of(project, plan).items()}, True)
    for name in ('methods', 'runs'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for method in plan.methods:
        text = config_text(method, setting(project, plan, folder / 'methods', workers))
        (folder / 'methods' / f'{key_of(method)}.py').write_text(text, encoding='utf-8')
    for run in plan.runs():
        text = run_text(run, folder, len(project.unlabeled) if plan.groups else 0)
        config_path(run, folder).write_text(text, encoding='utf-8')


def setting(project: Project, plan: Plan, place: Path, workers: bool) -> Setting:
    """What the methods' configs in the folder `place` have in common."""
    scaled = plan.iters != project.iters
    save = min(MOST_STEPS, -(-plan.iters // CHECKPOINTS))
    common = (
        f"train_cfg = dict(max_iters={plan.iters}, val_interval={plan.iters})\n"
        + (Config(dict(param_scheduler=scale(project.schedulers, plan.iters, project.iters))).pretty_text if scaled
           else '')
        + f'default_hooks = dict(\n    logger=dict(interval={max(1, min(50, plan.iters // 20))}),\n'
          f'    checkpoint=dict(interval={save}, max_keep_ckpts=1))\n')
    if project.config.get('fast') is True:
        common += 'fast = False  # each run would time for itself, and choose by chance\n'
    if not workers:
        common += f'val_dataloader = dict(num_workers=0, persistent_workers=False)\ncache_mib = {MEMORY}\n'
    paths = [Path(os.path.relpath(path, place)).as_posix() for path in (project.supervised, project.semi)]
    model = plain(project.config.model)
    return Setting(*paths, model, plan.labeled, plan.unlabeled, plan.iters, project.turned, common,
                   '' if workers else 'num_workers=0, persistent_workers=False, ')


def config_path(run: Run, folder: Path) -> Path:
    return folder / 'runs' / f'{run.name}.py'


def work_dir(run: Run, folder: Path) -> Path:
    return folder / 'work_dirs' / run.name


def run_text(run: Run, folder: Path, sources: int = 0) -> str:
    """The config of a run: its method, with the lists and the seed of its cell; `sources` is the number of folders of
    unlabeled images that have a list of the cell."""
    cell, part = run.cell, '' if run.share == '1' else f'_{run.share.replace("/", "-")}'
    lists = folder.resolve() / 'splits'
    train, held = (str(lists / f'{cell.name}_{kind}.txt') for kind in (f'train{part}', 'held'))
    unlabeled = [str(lists / f'{cell.name}_unlabeled_{number}.txt') for number in range(sources)]
    before = ''
    if run.method in BASELINES:
        dataset = f'ann_file={train!r}'
    else:
        dataset = f'labeled=dict(ann_file={train!r})'
        if len(unlabeled) == 1:
            dataset += f', unlabeled=dict(ann_file={unlabeled[0]!r})'
        elif unlabeled:
            before = ('sources = _base_.train_dataloader.dataset.unlabeled.datasets\n'
                      f'for number, source in enumerate({unlabeled!r}):\n    sources[number].ann_file = source\n')
            dataset += ', unlabeled=dict(datasets=sources)'
    return (f'# {run.name}: masks of seed {cell.seed} but for fold {cell.fold}. To repeat it: entmin train THIS_FILE\n'
            f"_base_ = '../methods/{key_of(run.method)}.py'\n"
            f'{before}train_dataloader = dict(dataset=dict({dataset}))\n'
            f'val_dataloader = dict(dataset=dict(ann_file={held!r}))\n'
            f'test_dataloader = dict(dataset=dict(ann_file={held!r}))\n'
            f'randomness = dict(seed={run_seed(run)})\n')


def run_seed(run: Run) -> int:
    """The seed of a training: equal for all methods of a cell, different from cell to cell."""
    return 1000 * run.cell.seed + run.cell.fold


def best_text(method: str, folder: Path) -> str:
    """The config that trains a method on all masks; none is left for a validation."""
    lists = folder.resolve() / 'splits'
    labeled = f'ann_file={str(lists / "all.txt")!r}'
    dataset = labeled if method in BASELINES else f'labeled=dict({labeled})'
    return (f'# {key_of(method)}, on all masks. None is left to validate: its accuracy is what the comparison says.\n'
            f"_base_ = './methods/{key_of(method)}.py'\n"
            f'train_dataloader = dict(dataset=dict({dataset}))\n'
            'val_dataloader = val_cfg = val_evaluator = None\n')
