# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How much a training on 4 masks of CWFID swings from step to step, and what an average of its weights is worth.

    python -m benchmarks.rare.averages --data DIR --seed 0 1

DIR is that of `benchmarks.rare.prepare`. A supervised training of the trial keeps its weights every 100 steps. They and
means of them are evaluated on every second of the images between the first 4 and the last 20: neither is trained or
evaluated on elsewhere, so that the average is chosen here. With --test the chosen one, and the weights of the last
step, are evaluated on the last 20. Weights with a record are left out.
"""
import argparse
import os
import subprocess
import sys
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger

from benchmarks.csv_rows import locked, read_rows, write_rows
from benchmarks.pages import markdown_table
from benchmarks.rare.trial import RECORDS as TRIAL
from benchmarks.rare.trial import ROOT, project_config
from benchmarks.rare.variants import VARIANTS
from mmseg_entmin.engine.build import build_runner, prepare_run

RECORDS = TRIAL.with_name('averages.csv')
KINDS = dict(images=str, seed=int, weights=str)
CLASSES = ('crop', 'weed')
EVERY, LATE = 100, (1600, 2000, 2400, 2600, 2700, 2800)
CHOSEN = '2/3'
SHARES = {'1/4': 1 / 4, '1/2': 1 / 2, '2/3': 2 / 3, '3/4': 3 / 4}


def trained(data: Path, seed: int, work_dir: Path, images: str) -> tuple[Config, dict[int, dict]]:
    """The config of a training that evaluates on these images, 'rest' or 'test', and its weights by step."""
    out = work_dir / 'project'
    out.mkdir(parents=True, exist_ok=True)
    cfg = project_config(data, out, 'cwfid', VARIANTS['last'], 'supervised', seed, 'project', None)
    names = sorted(path.stem for path in (data / 'rest').glob('*.png'))[::2]
    (out / 'splits' / 'rest.txt').write_text('\n'.join(names) + '\n')
    if images == 'rest':
        cfg.val_dataloader.dataset.update(
            ann_file=str(out.resolve() / 'splits' / 'rest.txt'),
            data_prefix=dict(img_path=str(data / 'images'), seg_map_path=str(data / 'rest')))
    cfg.val_evaluator = cfg.test_evaluator = cfg.val_evaluator[0]
    cfg.test_dataloader = cfg.val_dataloader
    cfg.default_hooks.checkpoint.update(interval=EVERY, max_keep_ckpts=-1)
    cfg.dump(work_dir / 'config.py')
    if not (work_dir / 'run' / f'iter_{cfg.train_cfg.max_iters}.pth').is_file():
        command = ['-m', 'entmin', 'train', str(work_dir / 'config.py'), '--work-dir', str(work_dir / 'run')]
        subprocess.run([sys.executable, *command], check=True,
                       env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1'))
    steps = range(EVERY, cfg.train_cfg.max_iters + 1, EVERY)
    return cfg, {step: torch.load(work_dir / 'run' / f'iter_{step}.pth', weights_only=False)['state_dict']
                 for step in steps}


def mean(states: list[dict]) -> dict:
    """The mean of weights and running statistics; the last one of integers."""
    return {name: torch.stack([state[name] for state in states]).mean(dim=0) if value.is_floating_point() else value
            for name, value in states[-1].items()}


def evaluate(data: Path, seed: int, work_dir: Path, images: str) -> None:
    """Appends a record for each of the weights."""
    cfg, states = trained(data, seed, work_dir, images)
    chosen = {f'step {step}': [states[step]] for step in (LATE if images == 'rest' else LATE[-1:])}
    chosen |= {f'mean of the last {name}': [states[step] for step in states if step > (1 - share) * max(states)]
               for name, share in SHARES.items() if images == 'rest' or name == CHOSEN}
    cfg.work_dir, cfg.log_level = str(work_dir / 'test'), 'ERROR'
    prepare_run(cfg)
    runner = build_runner(cfg)
    MMLogger.get_current_instance().setLevel('ERROR')
    for weights, parts in chosen.items():
        key = (images, seed, weights)
        if key in {tuple(row[name] for name in KINDS) for row in read_rows(RECORDS, KINDS)}:
            continue
        runner.model.load_state_dict(mean(parts))
        scores = runner.test()
        row = dict(images=images, seed=seed, weights=weights, **{name: scores[f'IoU.{name}'] for name in CLASSES})
        with locked(RECORDS.parent):
            write_rows(RECORDS, [*read_rows(RECORDS, KINDS), row], (*KINDS, *CLASSES))
        print(*row.values(), flush=True)


def lines() -> list[str]:
    """The lines of the table, a row for each of the weights on each set of images."""
    rows = sorted(read_rows(RECORDS, KINDS), key=lambda row: row['images'])
    seeds = sorted({row['seed'] for row in rows})
    found = {(row['images'], row['weights'], row['seed'], name): f'{row[name]:.1f}' for row in rows for name in CLASSES}
    return markdown_table(
        ['images', 'weights', *(f'{name} IoU, seed {seed}' for seed in seeds for name in CLASSES)],
        [[*key, *(found.get((*key, seed, name), '–') for seed in seeds for name in CLASSES)]
         for key in dict.fromkeys((row['images'], row['weights']) for row in rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, required=True, metavar='DIR')
    parser.add_argument('--seed', type=int, nargs='+', default=[0, 1])
    parser.add_argument('--test', action='store_true')
    parser.add_argument('--work-dirs', type=Path, default=Path('work_dirs/rare'))
    args = parser.parse_args()
    for seed in args.seed:
        evaluate((args.data / 'cwfid').resolve(), seed, args.work_dirs.resolve() / f'averages-{seed}',
                 'test' if args.test else 'rest')


if __name__ == '__main__':
    main()
