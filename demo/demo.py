# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trains one network without and with the unlabeled images, on generated cells: ``python demo/demo.py``.

The masks are those of one laboratory. The unlabeled and the test images come from another, with another stain. Both
trainings see as many images a step, with the same augmentation. Where all images come from one laboratory, the
unlabeled ones bring little (docs/results.md).

Prints a table and writes, below ``--out``, ``demo.json`` (all numbers), ``demo.png`` and the smaller
``demo_rows.png``. The images in the pictures are not picked by hand: the test images are sorted by what the method
gains on them, in mIoU of the single image. ``demo.png`` shows the worst, the best, and those a quarter, half and three
quarters of the way between; ``demo_rows.png`` shows the worst, the one half way, and the best.
"""
import json
import platform
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

import mmcv
import mmengine
import mmseg
import numpy as np
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import load_checkpoint
from prettytable import PrettyTable

import mmseg_entmin
from mmseg_entmin.config.read_config import read_run_config
from mmseg_entmin.datasets.toycells import TOYSTAINS, generate
from mmseg_entmin.engine.build import build_runner, prepare_run
from mmseg_entmin.engine.hooks.terminal_bar import can_show_bar
from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.visualization.cases import Case, CollectCases, images_by_gain
from mmseg_entmin.visualization.panels import draw_panels

ROOT = Path(__file__).resolve().parents[1]
SUPERVISED, OURS = 'supervised', 'entropy minimization'
CONFIGS = {
    SUPERVISED: 'configs/supervised/unet_toystains_1-10_double.py', OURS: 'configs/entmin/unet_toystains_1-10.py'}
LIMIT = 'Where all images come from one laboratory, the unlabeled ones bring little: docs/results.md'
ROWS = ('worst', 'median', 'best')  # of the smaller picture
METRICS = dict(mIoU='mIoU', F1='mFscore', recall='mRecall', precision='mPrecision', accuracy='aAcc')  # IoUMetric's


@dataclass
class Result:
    """What one method did; metrics are in percent."""

    config: str
    labeled: int
    unlabeled: int
    iterations: int
    seconds: float
    checkpoint: str
    metrics: dict[str, float]


class Progress(Hook):
    """Prints time and mean losses every ``interval`` iterations, and soon after the start, to say how long it takes."""

    def __init__(self, interval: int = 100, first: int = 20) -> None:
        self.interval, self.first = interval, first

    def before_train(self, runner) -> None:
        self.start = time.time()

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        done, total = runner.iter + 1, runner.max_iters
        if done % self.interval and done not in (self.first, total):
            return
        seconds = time.time() - self.start
        scalars = runner.message_hub.log_scalars
        losses = ' '.join(f"{name.replace('loss_', '')} {scalars[f'train/{name}'].mean(self.interval):.4f}"
                          for name in outputs if 'loss' in name)
        left = seconds / done * (total - done)
        print(f'{done:6d}/{total}  {clock(seconds)}, {clock(left)} left  {losses}', flush=True)


def clock(seconds: float) -> str:
    return f'{int(seconds // 60)}:{int(seconds % 60):02d}'


def shorten(cfg: Config, iters: int) -> None:
    """Scales a schedule to fewer (or more) iterations: learning rate and ramp-up keep their course."""
    share = iters / cfg.train_cfg.max_iters
    for scheduler in cfg.param_scheduler:
        scheduler.update(begin=int(scheduler.begin * share), end=max(1, int(scheduler.end * share)))
    if 'ramp_up' in cfg.model:
        cfg.model.ramp_up.iters = int(cfg.model.ramp_up.iters * share)
    cfg.train_cfg.max_iters = iters


def load_config(method: str, args: Namespace) -> Config:
    """The method's config, with what the command line asks for, and quiet."""
    name = Path(CONFIGS[method]).parent.name
    cfg = read_run_config(str(ROOT / CONFIGS[method]), str(args.out / name), str(args.data_root))
    if args.iters is not None:
        shorten(cfg, args.iters)
    cfg.randomness.seed = args.seed
    cfg.experiment_name = name
    cfg.visualizer.pop('name')  # it is then the experiment's: visualizers of one name would write into one folder
    cfg.default_hooks.pop('visualization')  # it draws nothing, and warns of it
    cfg.merge_from_dict(dict(val_cfg=None, val_dataloader=None, val_evaluator=None))  # the test follows at once
    cfg.log_level = 'ERROR'
    return cfg


def train_and_test(method: str, args: Namespace) -> tuple[Result, dict[str, Case], dict[str, tuple]]:
    """Trains one method and tests its last checkpoint.

    Returns:
        The result, what was predicted for each test image, and the colour of each class.
    """
    cfg = load_config(method, args)
    prepare_run(cfg)
    runner, collected = build_runner(cfg), CollectCases()
    if not can_show_bar():
        runner.register_hook(Progress())
    runner.register_hook(collected)
    print(f'\n{method}: {cfg.train_cfg.max_iters} iterations', flush=True)
    start = time.time()
    runner.train()
    seconds = time.time() - start
    checkpoint = Path(cfg.work_dir, f'iter_{runner.iter}.pth')
    load_checkpoint(runner.model, str(checkpoint), map_location='cpu', strict=True, logger='silent')
    scores = runner.test()
    train, meta = runner.train_dataloader.dataset, runner.test_dataloader.dataset.metainfo
    result = Result(
        config=CONFIGS[method],
        labeled=getattr(train, 'num_labeled', len(train)),
        unlabeled=getattr(train, 'num_unlabeled', 0),
        iterations=runner.iter,
        seconds=round(seconds, 1),
        checkpoint=checkpoint.name,
        metrics={name: round(float(scores[key]), 2) for name, key in METRICS.items()})
    return result, collected.cases, dict(zip(meta['classes'], meta['palette']))


def make_table(results: dict[str, Result], difference: dict[str, float]) -> PrettyTable:
    """One row for each method, and one for the difference."""
    table = PrettyTable(['', 'labeled', 'unlabeled', *METRICS], align='r')
    table.align[''] = 'l'
    for method, result in results.items():
        table.add_row([method, result.labeled, result.unlabeled, *(f'{x:.2f}' for x in result.metrics.values())],
                      divider=method == OURS)
    table.add_row(['difference', '', '', *(f'{x:+.2f}' for x in difference.values())])
    return table


def draw(cases: dict[str, dict[str, Case]], shown: dict[str, str], palette: dict, title: str, path: Path) -> Path:
    """Draw one row for each image of ``shown``, its names by their place in the order by gain."""
    pairs = [(cases[SUPERVISED][name], cases[OURS][name]) for name in shown.values()]
    return draw_panels(
        rows=[[b.image, b.truth, a.prediction, b.prediction, b.entropy] for a, b in pairs],
        columns=['image', 'truth', 'supervised', 'ours', 'our uncertainty'],
        palette=palette,
        path=path,
        row_titles=[f'{place}\ngain {b.miou - a.miou:+.1f}\nimage {name}'
                    for (place, name), (a, b) in zip(shown.items(), pairs)],
        captions=[['', '', f'mIoU {a.miou:.1f}', f'mIoU {b.miou:.1f}', ''] for a, b in pairs],
        title=title,
        scale_title='entropy of the softmax of the mean logits, in nats' if len(shown) > 3 else 'entropy in nats',
        scale_max=np.log(len(palette)))


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Train without and with unlabeled images, on generated cells, and compare.')
    parser.add_argument('--iters', type=int, help='iterations of each training (default: those of the configs)')
    parser.add_argument('--seed', type=int, default=0, help='seed of both trainings (default: %(default)s)')
    parser.add_argument('--out', type=Path, default='work_dirs/demo', help='folder to write to (default: %(default)s)')
    parser.add_argument(
        '--data-root', type=Path, default='data/toystains', help='folder of the generated set (default: %(default)s)')
    parser.add_argument('--num-train', type=int, default=200, help='training images (default: %(default)s)')
    parser.add_argument('--num-test', type=int, default=100, help='test images (default: %(default)s)')
    args = parser.parse_args(argv)
    if args.iters is not None and args.iters < 1:
        parser.error(f'--iters {args.iters}: give 1 at least')
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with errors_as_lines():
        try:
            generate(args.data_root, args.num_train, args.num_test, **TOYSTAINS)
        except FileExistsError as error:
            raise FileExistsError(
                f'--data-root {args.data_root} holds a set of another size or seed; give another folder') from error
    print(f'{args.data_root}: {args.num_train} training and {args.num_test} test images; '
          f'threads: {torch.get_num_threads()}')
    results, cases = {}, {}
    for method in CONFIGS:
        results[method], cases[method], palette = train_and_test(method, args)

    scores = [results[method].metrics for method in (SUPERVISED, OURS)]
    difference = {name: round(scores[1][name] - scores[0][name], 2) for name in METRICS}
    gains = {name: round(case.miou - cases[SUPERVISED][name].miou, 2) for name, case in cases[OURS].items()}
    title = (f"{results[OURS].labeled} labeled images: mIoU {scores[0]['mIoU']:.1f}; with {results[OURS].unlabeled} "
             f"unlabeled ones: {scores[1]['mIoU']:.1f}")
    shown = images_by_gain(gains)
    pictures = [draw(cases, shown, palette, title, args.out / 'demo.png'),
                draw(cases, {place: shown[place] for place in ROWS}, palette, title, args.out / 'demo_rows.png')]
    versions = {module.__name__: module.__version__ for module in (torch, mmcv, mmengine, mmseg, np, mmseg_entmin)}
    record = dict(
        results={method: vars(result) for method, result in results.items()}, difference=difference,
        test_images=args.num_test, gains=gains, shown=shown, seed=args.seed, threads=torch.get_num_threads(),
        versions=dict(python=platform.python_version(), **versions))
    (args.out / 'demo.json').write_text(json.dumps(record, indent=2) + '\n')
    print('', make_table(results, difference), LIMIT, args.out / 'demo.json', *pictures, sep='\n')


if __name__ == '__main__':
    main()
