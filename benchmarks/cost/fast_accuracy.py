# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Is a training in bfloat16 as accurate? The same trainings in it and in float32, seed by seed.

    python -m benchmarks.cost.fast_accuracy --data DIR [--only REGEX] [--seeds 3]

DIR has wbc1/ and camvid/, and checkpoints/ the weights that CamVid's config names. A run trains on one thread, in a
shortened schedule where `RUNS` says so, and its last checkpoint is judged on the validation images. A run with a record
is left out.
"""
import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import mean, median, stdev

from mmengine.config import Config

from benchmarks.cost.records import RECORDS
from benchmarks.csv_rows import locked, read_rows, write_rows
from benchmarks.pages import markdown_table
from mmseg_entmin.project.schedule import scale
from mmseg_entmin.report.work_dir import read_lines

ROOT = Path(__file__).resolve().parents[2]
RUNS = {  # folder, iterations, mode
    'entmin/unet_wbc_1-10': ('wbc1', 600, dict(bfloat16=True)),
    'entmin/deeplabv2_camvid_1-8': (
        'camvid', 150, dict(bfloat16=True, channels_last=True, float32_depthwise=True))}
RECORD = 'fast_accuracy.csv'
KINDS = dict(config=str, iters=int, seed=int, fast=str)
COLUMNS = (*KINDS, 'mIoU', 'seconds_per_step')


def run(config: str, seed: int, fast: bool, data: Path, work_dirs: Path) -> dict:
    """Trains, and returns the row of the record."""
    folder, iters, mode = RUNS[config]
    work_dir = work_dirs / f"{config.replace('/', '-')}-{seed}{'-fast' * fast}"
    work_dir.mkdir(parents=True, exist_ok=True)
    cfg = Config.fromfile(ROOT / 'configs' / f'{config}.py')
    cfg.param_scheduler = scale(cfg.param_scheduler, iters, cfg.train_cfg.max_iters)
    cfg.train_cfg.update(max_iters=iters, val_interval=iters)
    cfg.default_hooks.logger.interval = 10
    cfg.fast = fast and mode
    cfg.dump(work_dir / 'config.py')
    with open(work_dir / 'output.log', 'a') as log:
        subprocess.run([sys.executable, '-m', 'entmin', 'train', str(work_dir / 'config.py'), '--data-root',
                        str(data / folder), '--work-dir', str(work_dir / 'run'), '--seed', str(seed)],
                       check=True, stdout=log, stderr=log,
                       env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1'))
    lines = [line for path in sorted((work_dir / 'run').glob('*/vis_data/scalars.json')) for line in read_lines(path)]
    return dict(config=config, iters=iters, seed=seed, fast=str(fast),
                mIoU=[x['mIoU'] for x in lines if 'mIoU' in x][-1],
                seconds_per_step=median(x['time'] - x['data_time'] for x in lines if 'loss' in x))


def table(records: Path = RECORDS) -> list[str]:
    """Lines of the table: mean and standard deviation over the seeds, and of the differences seed by seed."""
    rows, out = read_rows(records / RECORD, KINDS), []
    for config in RUNS:
        scores = [{row['seed']: row['mIoU'] for row in rows if (row['config'], row['fast']) == (config, str(fast))}
                  for fast in (False, True)]
        seeds = sorted(scores[0].keys() & scores[1].keys())
        if len(seeds) > 1:
            columns = [[part[seed] for seed in seeds] for part in scores]
            columns.append([fast - plain for plain, fast in zip(*columns)])
            out.append([f'`{config}`', str(RUNS[config][1]), str(len(seeds)),
                        *(f'{mean(column):{sign}.2f} ± {stdev(column):.2f}' for column, sign in zip(columns, '--+'))])
    return markdown_table(['', 'iterations', 'seeds', 'mIoU in float32', 'in bfloat16', 'difference'], out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, required=True, metavar='DIR')
    parser.add_argument('--only', default='', metavar='REGEX', help='configs')
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--work-dirs', type=Path, default=Path('work_dirs/fast'))
    args = parser.parse_args()
    for config, seed, fast in ((config, seed, fast) for config in RUNS for seed in range(args.seeds)
                               for fast in (False, True)):
        done = read_rows(RECORDS / RECORD, KINDS)
        if re.search(args.only, config) and (config, seed, str(fast)) not in {
                (row['config'], row['seed'], row['fast']) for row in done}:
            row = run(config, seed, fast, args.data.resolve(), args.work_dirs)
            print(row, flush=True)
            with locked(RECORDS):
                write_rows(RECORDS / RECORD, [*read_rows(RECORDS / RECORD, KINDS), row], COLUMNS)


if __name__ == '__main__':
    main()
