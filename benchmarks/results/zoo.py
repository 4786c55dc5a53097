# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes docs/model_zoo.md from the metafiles alone: ``make tables``."""
import argparse
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
HEAD = '''# Model zoo

Every config, but ablations that were not judged on test images, with what it reached where it was run: mean ± standard
deviation over the seeds, in percent, of the last checkpoint on the test images, from the records in `docs/results`.
`make tables` writes this page and the `metafile.yml` beside the configs, which OpenMMLab's tools read. What the
differences mean, with errors and costs, is on [Results](results.md).

"not run here": the config is tested to build and to train a step, but was not trained to its end for this page. The
figures that the paper prints for its own settings stand at the [end of the results](results.md#the-papers-figures).

No weights are distributed. To make a row, give its config to `tools/train.py` with the seed (`--seed 0`, `1`, ...): on
white blood cells and generated cells that takes a minute or a few on a CPU.
'''
COLUMNS = ('config', 'network', 'labeled', 'iterations × batch', 'parameters', 'mIoU', 'F1', 'seeds')
NOT_RUN = 'not run here'


def metric(model: dict, name: str) -> str:
    """Mean and deviation of a metric, or that it was not run."""
    if 'Results' not in model:
        return NOT_RUN if name == 'mIoU' else ''
    metrics = model['Results'][0]['Metrics']
    deviation = metrics.get(f'{name} (std)')
    return f'{metrics[name]:.2f}' + ('' if deviation is None else f' ± {deviation:.2f}')


def labeled(path: str) -> str:
    """The share that a list of images stands for: ``splits/1-8_labeled.txt`` is 1/8, the whole training list all."""
    stem = Path(path).stem
    return stem.removesuffix('_labeled').replace('-', '/', 1) if stem.endswith('_labeled') else 'all'


def row(model: dict) -> str:
    data = model['Metadata']
    config = model['Config'].removeprefix('configs/').removesuffix('.py')
    parameters = f"{data['Parameters']:,}" if 'Parameters' in data else ''
    cells = (f'`{config}`', ', '.join(data['Architecture'][1:]), labeled(data['Labeled List']),
             f"{data['Iterations']:,} × {data['Batch Size']}", parameters, metric(model, 'mIoU'),
             metric(model, 'mFscore'), str(data.get('Seeds', '')))
    return f"| {' | '.join(cells)} |"


def page(models: list[dict]) -> str:
    """One table for each dataset; those with results come first."""
    datasets = dict.fromkeys(model['Metadata']['Training Data'] for model in models)
    measured = {model['Metadata']['Training Data'] for model in models if 'Results' in model}
    lines = [HEAD]
    for dataset in sorted(datasets, key=lambda name: (name not in measured, name)):
        rows = [row(model) for model in models if model['Metadata']['Training Data'] == dataset]
        lines += [f'## {dataset}', '', f"| {' | '.join(COLUMNS)} |", '|---' * len(COLUMNS) + '|', *rows, '']
    return '\n'.join(lines)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--index', type=Path, default=ROOT / 'model-index.yml', help='model-index.yml to read')
    parser.add_argument('--out', type=Path, default=ROOT / 'docs' / 'model_zoo.md', help='file to write')
    args = parser.parse_args(argv)
    paths = yaml.safe_load(args.index.read_text())['Import']
    args.out.write_text(
        page([model for path in paths for model in yaml.safe_load((args.index.parent / path).read_text())['Models']]))


if __name__ == '__main__':
    main()
