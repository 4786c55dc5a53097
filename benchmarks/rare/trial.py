# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trains on public data with a rare class, and records what is learned of each class.

    python -m benchmarks.rare.trial --data DIR [--only REGEX] [--jobs N] [--list]

DIR has crackforest/ and cwfid/ as `benchmarks.rare.prepare` writes them. A run makes a project as `entmin new-project`
does from the first masks by name, changes its config, trains on one CPU thread and evaluates the last checkpoint on the
last images by name, which no training sees. cpu_minutes is the whole process, with start and evaluation. A run with a
record is left out.
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
KINDS = dict(data=str, variant=str, method=str, seed=int, iters=int, classes=str)
SCORES = ('IoU', 'TolerantF1', 'BoundaryF1', 'ImageDice', 'HD95')
COLUMNS = (*KINDS, 'cpu_minutes', *(f'{score}.{place}' for score in SCORES for place in (1, 2)))


def project_config(folder: Path, out: Path, name: str, variant: dict, method: str, iters: int, seed: int) -> Config:
    """The config of a run; writes the project to `out`."""
    data = DATA[name]
    size = {} if variant.get('resized') else dict(side=data.size * variant.get('scale', 1), crop=data.crop)
    project = create(folder / 'images', folder / 'few', out, str(ROOT / BASE), data.classes, **size,
                     rare_classes=[], any_orientation=variant.get('turned', False), force=True)
    cfg = Config.fromfile(project.configs[0])
    pixels = project.pixels[:, :len(data.classes)].sum(axis=0)
    shares = pixels / pixels.sum()
    rare = find_rare(data.classes, project.pixels).labels
    change(cfg, variant, shares, int(pixels.sum()), rare)
    options = method_options(method, rare, len(data.classes))
    if options is not None:
        for key, part in semi_supervised(cfg._cfg_dict.to_dict(), 'splits/unlabeled.txt', **options)._asdict().items():
            cfg.merge_from_dict({key: part})
    truth = dict(img_path=str(folder / 'test_images'), seg_map_path=str(folder / 'labels'))
    cfg.val_dataloader.dataset.update(ann_file='', data_prefix=truth)
    cfg.val_evaluator = [cfg.val_evaluator, dict(type='BoundaryMetric')]
    cfg.test_dataloader, cfg.test_evaluator = cfg.val_dataloader, cfg.val_evaluator
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
    cfg.param_scheduler[0].end = iters
    cfg.train_cfg.update(max_iters=iters, val_interval=iters)
    cfg.default_hooks.checkpoint.interval = iters
    cfg.randomness, cfg.cache_mib = dict(seed=seed), 1024
    return cfg


def run(key: tuple, data: Path, work_dirs: Path) -> None:
    """Trains, evaluates and appends the record."""
    name, variant, method, seed, iters = key
    work_dir = work_dirs / '-'.join(map(str, key))
    out = work_dir / 'project'
    out.mkdir(parents=True, exist_ok=True)
    cfg = project_config((data / name).resolve(), out, name, VARIANTS[variant], method, iters, seed)
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
    row = dict(zip(KINDS, key), classes=' '.join(DATA[name].classes),
               cpu_minutes=round((usage.ru_utime + usage.ru_stime) / 60, 2))
    for score in SCORES:
        for place, label in enumerate(DATA[name].classes[1:], 1):
            row[f'{score}.{place}'] = scores[f'{score}.{label}']
    with locked(RECORDS.parent):
        write_rows(RECORDS, [*read_rows(RECORDS, KINDS), row], COLUMNS)
    print(time.strftime('%H:%M'), *key, {k: v for k, v in row.items() if k[:3] in ('IoU', 'Tol', 'cpu')}, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, required=True, metavar='DIR')
    parser.add_argument('--only', default='', metavar='REGEX', help='runs like crackforest-dice-entmin-0-600')
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--iters', type=int, default=600)
    parser.add_argument('--jobs', type=int, default=1)
    parser.add_argument('--work-dirs', type=Path, default=Path('work_dirs/rare'))
    parser.add_argument('--list', action='store_true', help='print the runs without a record')
    args = parser.parse_args()
    done = {tuple(row[column] for column in list(KINDS)[:5]) for row in read_rows(RECORDS, KINDS)}
    keys = [(name, variant, method, seed, args.iters) for seed in range(args.seeds) for variant in VARIANTS
            for method in METHODS for name in DATA]
    keys = [key for key in keys if key not in done and re.search(args.only, '-'.join(map(str, key)))]
    if args.list:
        print(*('-'.join(map(str, key)) for key in keys), sep='\n')
        return
    with ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(lambda key: run(key, args.data, args.work_dirs), keys))


if __name__ == '__main__':
    main()
