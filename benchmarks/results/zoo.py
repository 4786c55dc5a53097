# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes docs/model_zoo.md from the configs and the records of the runs: ``make tables``.

Every config is on the page, a variant only if it was tested on its test images.
"""
import argparse
from pathlib import Path

from benchmarks.results.model_index import dataset_of
from benchmarks.results.results import Runs, load, spread, values
from benchmarks.results.run_configs import BASES, config_of, run_ids
from benchmarks.results.run_configs import load as load_config

ROOT = Path(__file__).resolve().parents[2]
HEAD = '''# Model zoo

Every config, with what it reached where it was run: mean ± standard deviation over the seeds, in percent, of the last
checkpoint on the test images, from the records of the runs. Ablations are listed where they were judged on test images.
`make tables` writes this page. What the differences mean, with errors and costs, is on [Results](results.md).

"not run here": the config is tested to build and to train a step, but was not trained to its end for this page. The
figures that the paper prints for its own settings stand at the [end of the results](results.md#the-papers-figures).

No weights are distributed. To make a row, give its config to `tools/train.py` with the seed (`--seed 0`, `1`, ...): on
white blood cells and generated cells that takes a minute or a few on a CPU. Ablations, and the supervised rows without
a file in `configs/`, are variants of a config: `python -m benchmarks.results.run_configs RUN FILE` writes their config.
'''
COLUMNS = ('config', 'network', 'labeled', 'iterations × batch', 'parameters', 'mIoU', 'F1', 'seeds')
NOT_RUN = 'not run here'


def labeled(path: str) -> str:
    """The share that a list of images stands for: ``splits/1-8_labeled.txt`` is 1/8, the whole training list all."""
    stem = Path(path).stem
    return stem.removesuffix('_labeled').replace('-', '/', 1) if stem.endswith('_labeled') else 'all'


def architecture(model: dict) -> str:
    """Types of the backbone and of the decode head that does the work."""
    head = model['decode_head']
    head = head.get('head', head)
    head = head[-1] if isinstance(head, list) else head
    return f"{model['backbone']['type']}, {head['type']}"


def row(run: str, runs: Runs) -> str:
    """What the config of a run says, and what its runs measured."""
    cfg = load_config(run)
    dataset = cfg.train_dataloader.dataset
    measured = ['', NOT_RUN, '', '']
    if runs:
        parameters = next(iter(runs.values()))['parameters']
        measured = [f'{parameters:,}', spread(values(runs, 'mIoU')), spread(values(runs, 'mFscore')), str(len(runs))]
    cells = (f'`{run if run in BASES else config_of(run)}`', architecture(cfg.model),
             labeled(dataset.get('labeled', dataset).ann_file),
             f'{cfg.train_cfg.max_iters:,} × {cfg.train_dataloader.batch_size}', *measured)
    return f"| {' | '.join(cells)} |"


def page(results: dict[tuple[str, str], Runs]) -> str:
    """One table for each dataset; those with results come first."""
    tables, tested = {}, set()
    for run in run_ids():
        runs = results.get((run, 'test'), {})
        if runs or run not in BASES:
            dataset = dataset_of(config_of(run).split('/')[1])
            tables.setdefault(dataset, []).append(row(run, runs))
            tested |= {dataset} if runs else set()
    lines = [HEAD]
    for dataset in sorted(tables, key=lambda name: (name not in tested, name)):
        lines += [f'## {dataset}', '', f"| {' | '.join(COLUMNS)} |", '|---' * len(COLUMNS) + '|', *tables[dataset], '']
    return '\n'.join(lines)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--results', type=Path, help='folder of the records')
    parser.add_argument('--out', type=Path, default=ROOT / 'docs' / 'model_zoo.md', help='file to write')
    args = parser.parse_args(argv)
    args.out.write_text(page(load(args.results or ROOT / 'docs' / 'results')))


if __name__ == '__main__':
    main()
