# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Other images to train on, or to judge by, than a config names: options of it."""
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config

from mmseg_entmin.datasets.splits import make_split
from mmseg_entmin.datasets.toycells import generate

# What a recipe is chosen by: training images that are kept out of the training, never the test images. Those that the
# training sees as unlabeled ones would flatter whatever learns from them.
VALIDATION = dict(
    wbc1=dict(ann_file='splits/1-10_unlabeled.txt', unlabeled=90, validation=45),
    camvid=dict(ann_file='splits/1-8_unlabeled.txt', unlabeled=241, validation=80))


def held_out(cfg: Config, data: str) -> dict:
    """The first of the unlabeled images train, the last ones judge."""
    split = VALIDATION[data]
    judges = range(split['unlabeled'], split['unlabeled'] + split['validation'])
    dataset = cfg.train_dataloader.dataset
    semi_supervised = 'labeled' in dataset
    options = {'val_dataloader.dataset.ann_file': split['ann_file'], 'val_dataloader.dataset.indices': [*judges]}
    for key, prefix in (dataset.labeled if semi_supervised else dataset).data_prefix.items():
        options[f'val_dataloader.dataset.data_prefix.{key}'] = prefix
    if semi_supervised:
        options['train_dataloader.dataset.unlabeled.indices'] = split['unlabeled']
    return options | {f'{key}.indices': split['unlabeled'] for key in references(dataset)}


def other_draw(cfg: Config, pool: Sequence[str], share: str, seed: int) -> dict:
    """Other images of the pool, 'splits/train.txt', are the labeled ones; all others are the unlabeled ones.

    The draws of seeds 0, 1, ... are folds 1, 2, ... of ``tools/make_splits.py``: none is that of the config.
    """
    stems = sorted(pool)  # a dataset sorts its images
    labeled, unlabeled = ([stems.index(stem) for stem in part] for part in make_split(stems, share, seed + 1))
    dataset = cfg.train_dataloader.dataset
    parts = {'train_dataloader.dataset': labeled}
    if 'labeled' in dataset:
        alone = dataset.get('labeled_too', False)  # a control: no image but the labeled ones
        parts = {'train_dataloader.dataset.labeled': labeled,
                 'train_dataloader.dataset.unlabeled': labeled if alone else unlabeled}
    parts |= dict.fromkeys(references(dataset), unlabeled)
    return {f'{part}.{key}': value for part, indices in parts.items()
            for key, value in dict(ann_file='splits/train.txt', indices=indices).items()}


def other_set(root: Path, seed: int) -> Path:
    """Generated cells that are all others, training and test images alike, in a folder beside the config's.

    The sets of seeds 0, 1, ... have the generator's seeds 1, 2, ...: none is that of the config. Made where missing.
    """
    return generate(root.with_name(f'{root.name}_{seed + 1}'), seed=seed + 1)


def references(dataset: dict) -> list[str]:
    """Keys of the unlabeled images that a supervised pipeline names, for their colors."""
    return [f'train_dataloader.dataset.pipeline.{place}.references'
            for place, step in enumerate(dataset.get('pipeline', [])) if 'references' in step]
