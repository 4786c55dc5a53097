# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trains on public data with a rare class, and records what is learned of each class.

    python -m benchmarks.rare.trial --data DIR [--only REGEX] [--jobs N] [--list]

DIR has crackforest/ and cwfid/ as `benchmarks.rare.prepare` writes them. A run makes a project as `entmin new-project`
does from the first masks by name, changes its config, trains on one CPU thread and evaluates the last checkpoint on the
last images by name, which no training sees. cpu_minutes is the whole process, with start and evaluation. A run with a
record is left out.

With --folds a run evaluates on the masks of one of four folds instead, and trains on the other masks; its seed is the
fold. By these records a recipe is chosen: the last images stay out of it.
"""
import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mmengine.config import Config

from benchmarks.csv_rows import locked, read_rows, write_rows
from benchmarks.rare.variants import BASE, DATA, METHODS, VARIANTS, change
from benchmarks.rare.variants import method as method_options
from mmseg_entmin.config import semi_supervised
from mmseg_entmin.project.create import create
from mmseg_entmin.project.rare_classes import find_rare
from mmseg_entmin.report.work_dir import read_lines

ROOT = Path(__file__).resolve().parents[2]
RECORDS = Path(__file__).with_name('records') / 'trial.csv'
FOLD_RECORDS = RECORDS.with_name('folds.csv')
FOLDS = 4
KEY = ('data', 'variant', 'method', 'seed', 'steps')  # steps: a number, or 'project' for that of the project
KINDS = dict.fromkeys(KEY, str) | dict(seed=int, iters=int, classes=str)
SCORES = ('IoU', 'TolerantF1', 'BoundaryF1', 'ImageDice', 'HD95')
COLUMNS = (*KINDS, 'cpu_minutes', *(f'{score}.{place}' for score in SCORES for place in (1, 2)))


def project_config(folder: Path, out: Path, name: str, variant: dict, method: str, seed: int, steps: str,
                   fold: int | None) -> Config:
    """The config of a run; writes the project to `out`. Evaluates on the test images, or on the masks of a fold."""
    data = DATA[name]
    options = dict(classes=data.classes, iters=None if steps == 'project' else int(steps), force=True,
                   any_orientation=data.any_orientation != variant.get('flipped', False))
    if fold is not None:
        masks = sorted(path.stem for path in (folder / 'few').glob('*.png'))
        options['val_list'] = out / 'fold.txt'
        options['val_list'].write_text('\n'.join(masks[fold::FOLDS]) + '\n')
    if not variant.get('recipe', True):
        options['rare_classes'] = []
    project = create(folder / 'images', folder / 'few', out, str(ROOT / BASE), **options)
    if 'scale' in variant:
        project = create(folder / 'images', folder / 'few', out, str(ROOT / BASE), **options,
                         side=round(project.sizes.side * variant['scale']), crop=project.sizes.crop)
    cfg = Config.fromfile(project.configs[0])
    pixels = project.pixels[:, :len(data.classes)].sum(axis=0)
    shares = pixels / pixels.sum()
    rare = find_rare(data.classes, project.pixels).labels
    change(cfg, variant, shares, int(pixels.sum()), rare)
    options = method_options(method, rare, len(data.classes))
    if options is not None:
        for key, part in semi_supervised(cfg._cfg_dict.to_dict(), 'splits/unlabeled.txt', **options)._asdict().items():
            cfg.merge_from_dict({key: part})
    if fold is None:
        truth = dict(img_path=str(folder / 'test_images'), seg_map_path=str(folder / 'labels'))
        cfg.val_dataloader.dataset.update(ann_file='', data_prefix=truth)
    cfg.val_evaluator = [cfg.val_evaluator, dict(type='BoundaryMetric')]
    cfg.test_dataloader, cfg.test_evaluator = cfg.val_dataloader, cfg.val_evaluator
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
    cfg.train_cfg.val_interval = cfg.default_hooks.checkpoint.interval = cfg.train_cfg.max_iters
    cfg.randomness, cfg.cache_mib = dict(seed=seed), 1024
    return cfg


def run(key: tuple, data: Path, work_dirs: Path, records: Path) -> None:
    """Trains, evaluates and appends the record."""
    name, variant, method, seed, steps = key
    fold = seed if records == FOLD_RECORDS else None
    work_dir = work_dirs / records.stem / '-'.join(map(str, key))
    out = work_dir / 'project'
    out.mkdir(parents=True, exist_ok=True)
    cfg = project_config((data / name).resolve(), out, name, VARIANTS[variant], method, seed, steps, fold)
    cfg.dump(work_dir / 'config.py')
    with open(work_dir / 'output.log', 'a') as log:
        process = subprocess.Popen(
            [sys.executable, '-m', 'entmin', 'train', str(work_dir / 'config.py'), '--work-dir', str(work_dir / 'run')],
            stdout=log, stderr=log, env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1'))
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f'error: {work_dir.name} ended with status {os.waitstatus_to_exitcode(status)}; see '
                         f"{work_dir / 'output.log'}")
    lines = [line for path in sorted((work_dir / 'run').glob('*/vis_data/scalars.json')) for line in read_lines(path)]
    scores = next(line for line in reversed(lines) if 'mIoU' in line)
    row = dict(zip(KEY, key), iters=cfg.train_cfg.max_iters, classes=' '.join(DATA[name].classes),
               cpu_minutes=round((usage.ru_utime + usage.ru_stime) / 60, 2))
    for score in SCORES:
        for place, label in enumerate(DATA[name].classes[1:], 1):
            row[f'{score}.{place}'] = scores[f'{score}.{label}']
    with locked(records.parent):
        write_rows(records, [*read_rows(records, KINDS), row], COLUMNS)
    print(time.strftime('%H:%M'), *key, {k: v for k, v in row.items() if k[:3] in ('IoU', 'Tol', 'cpu')}, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, required=True, metavar='DIR')
    parser.add_argument('--only', default='', metavar='REGEX', help='runs like crackforest-project-entmin-0-project')
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--steps', default='project', help='a number; default: as many as the project has')
    parser.add_argument('--folds', action='store_true', help='evaluate on the masks of each of 4 folds in turn')
    parser.add_argument('--jobs', type=int, default=1)
    parser.add_argument('--work-dirs', type=Path, default=Path('work_dirs/rare'))
    parser.add_argument('--list', action='store_true', help='print the runs without a record')
    args = parser.parse_args()
    records = FOLD_RECORDS if args.folds else RECORDS
    done = {tuple(row[column] for column in KEY) for row in read_rows(records, KINDS)}
    seeds = range(FOLDS if args.folds else args.seeds)
    keys = [(name, variant, method, seed, args.steps) for seed in seeds for variant in VARIANTS for method in METHODS
            for name in DATA]
    keys = [key for key in keys if key not in done and re.search(args.only, '-'.join(map(str, key)))]
    if args.list:
        print(*('-'.join(map(str, key)) for key in keys), sep='\n')
        return
    with ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(lambda key: run(key, args.data, args.work_dirs, records), keys))


if __name__ == '__main__':
    main()
