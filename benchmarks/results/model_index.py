# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes model-index.yml, OpenMMLab's index of models, from the methods and their configs: ``make tables``.

``mim search mmseg_entmin`` reads it. No weights are distributed, so a model is its config alone, and ``Import``, which
MMEngine's inferencers search for models with weights, is empty. What each config reached is in docs/model_zoo.md.
"""
import argparse
from pathlib import Path

import yaml

from benchmarks.results.methods import Method, all_methods

ROOT = Path(__file__).resolve().parents[2]
DATASETS = dict(
    wbc='WBC Dataset 1', toycells='Generated cells', toystains='Generated cells, two stains', leukocyte='Leukocyte',
    camvid='CamVid', voc='PASCAL VOC 2012', context='PASCAL-Context')
HEADER = '# Written by `make tables`. No weights are distributed; docs/model_zoo.md has what each config reached.\n'


def dataset_of(stem: str) -> str:
    """Name of the data set of a config, from its file name: ``unet_wbc_1-10`` is 'WBC Dataset 1'.

    Raises:
        ValueError: no part of the name is a data set.
    """
    for part in stem.split('_'):
        if part in DATASETS:
            return DATASETS[part]
    raise ValueError(f'config {stem!r}: no part of the name between underscores is one of {sorted(DATASETS)}')


def collection(method: Method) -> dict:
    """The entry of a method."""
    content = {'Name': method.collection, 'README': method.readme}
    if method.paper:
        content['Paper'] = {'Title': method.paper}
    data = {'Training Data': sorted({dataset_of(stem) for stem in method.configs()})}
    return content | {'License': 'Apache License 2.0', 'Frameworks': ['PyTorch'], 'Metadata': data}


def text(methods: tuple[Method, ...]) -> str:
    """The file: a line a model."""
    models = [{'Name': f'{method.folder}_{stem}', 'In Collection': method.collection,
               'Config': f'configs/{method.folder}/{stem}.py'} for method in methods for stem in method.configs()]
    dump = dict(sort_keys=False, allow_unicode=True)
    collections = yaml.safe_dump({'Collections': [collection(method) for method in methods]}, width=120, **dump)
    lines = yaml.safe_dump({'Models': models}, default_flow_style=None, width=1000, **dump)
    return f'{HEADER}Import: []\n{collections}{lines}'


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--out', type=Path, default=ROOT / 'model-index.yml', help='file to write')
    parser.parse_args(argv).out.write_text(text(all_methods()))


if __name__ == '__main__':
    main()
