# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fills in docs/model_zoo.md from the configs and the records of the runs: ``make tables``.

Every config is on the page, and every variant with a run that was evaluated on the test images.
"""
from pathlib import Path

from benchmarks.pages import ROOT, fill, markdown_table
from benchmarks.results.model_index import dataset_of
from benchmarks.results.run_configs import BASES, config_of, run_ids
from benchmarks.results.run_configs import load as load_config
from benchmarks.results.seeds import Runs, load, spread, values

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


def row(run: str, runs: Runs) -> list[str]:
    """Cells: what the config of a run says, and what its runs measured."""
    cfg = load_config(run)
    dataset = cfg.train_dataloader.dataset
    measured = ['', NOT_RUN, '', '']
    if runs:
        parameters = next(iter(runs.values()))['parameters']
        measured = [f'{parameters:,}', spread(values(runs, 'mIoU')), spread(values(runs, 'mFscore')), str(len(runs))]
    return [f'`{run if run in BASES else config_of(run)}`', architecture(cfg.model),
            labeled(dataset.get('labeled', dataset).ann_file),
            f'{cfg.train_cfg.max_iters:,} × {cfg.train_dataloader.batch_size}', *measured]


def tables(results: dict[tuple[str, str], Runs]) -> list[str]:
    """Lines of one table for each dataset, with its heading; datasets with results come first."""
    rows, tested = {}, set()
    for run in run_ids():
        runs = results.get((run, 'test'), {})
        if runs or run not in BASES:
            dataset = dataset_of(config_of(run).split('/')[1])
            rows.setdefault(dataset, []).append(row(run, runs))
            tested |= {dataset} if runs else set()
    lines = []
    for dataset in sorted(rows, key=lambda name: (name not in tested, name)):
        lines += [f'## {dataset}', '', *markdown_table(COLUMNS, rows[dataset]), '']
    return lines[:-1]


def write_page(page: Path = ROOT / 'docs' / 'model_zoo.md') -> None:
    """Fill in the tables of the page."""
    fill(page, lambda name: {'models': tables(load())}[name])


if __name__ == '__main__':
    write_page()
