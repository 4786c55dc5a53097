# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a training step costs, side by side: one process, the configs in turn, so that all see the same machine.

    python tools/analysis/benchmark.py supervised/unet_wbc_1-10 entmin/unet_wbc_1-10 --out docs/results/cost/wbc.json

A step is forward, backward and optimizer step on random images of the config's size and batch, without data loading.
The ratio is the median, over the rounds, of a config's time in a round to the first config's time in the same round.
"""
import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Dict, List, Optional

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from mmseg_entmin.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]


class Step:
    """A training step of one config on one batch of random images."""

    def __init__(self, config: str) -> None:
        cfg = Config.fromfile(ROOT / 'configs' / f'{config}.py')
        loader = cfg.train_dataloader
        labeled, unlabeled = loader.sampler.get('labeled', loader.batch_size), loader.sampler.get('unlabeled', 0)
        height, width = cfg.get('crop_size', (64, 64))
        with DefaultScope.overwrite_default_scope('mmseg'):
            self.model = MODELS.build(cfg.model).train()
            self.optim_wrapper = build_optim_wrapper(self.model, cfg.optim_wrapper)
        samples = []
        for i in range(labeled + unlabeled):
            sample = SegDataSample(metainfo=dict(img_shape=(height, width), ori_shape=(height, width)))
            if i < labeled:
                sample.gt_sem_seg = PixelData(data=torch.randint(self.model.num_classes, (1, height, width)))
            samples.append(sample)
        images = [torch.randint(256, (3, height, width), dtype=torch.uint8) for _ in samples]
        self.batch = dict(inputs=images, data_samples=samples)

    def __call__(self) -> float:
        """Seconds."""
        start = time.perf_counter()
        self.model.train_step(self.batch, self.optim_wrapper)
        return time.perf_counter() - start


def measure(configs: List[str], rounds: int, warm_up: int) -> List[Dict]:
    """A record for each config: seconds a step, median and quartiles, and the ratio to the first config."""
    steps = [Step(config) for config in configs]
    seconds = [[step() for step in steps] for _ in range(warm_up + rounds)][warm_up:]
    records = []
    for i, config in enumerate(configs):
        low, median, high = statistics.quantiles([row[i] for row in seconds], n=4)
        records.append(dict(config=config, seconds=median, quartiles=[low, high],
                            ratio=statistics.median(row[i] / row[0] for row in seconds)))
    return records


def main(argv: Optional[List[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('configs', nargs='+', help='below configs/, without suffix; the first is the reference')
    parser.add_argument('--rounds', type=int, default=40, help='rounds that count (default: 40)')
    parser.add_argument('--warm-up', type=int, default=5, help='rounds before (default: 5)')
    parser.add_argument('--out', type=Path, help='JSON file to write')
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    result = dict(rounds=args.rounds, threads=1, torch=torch.__version__,
                  steps=measure(args.configs, args.rounds, args.warm_up))
    for record in result['steps']:
        print(f"{record['config']:50s} {1000 * record['seconds']:8.1f} ms  x {record['ratio']:.2f}")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(result, indent=1) + '\n')


if __name__ == '__main__':
    main()
