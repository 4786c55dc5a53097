# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options of a config that choose other images to train on, or to evaluate on.

``held_out`` is for the split 'validation', ``other_draw`` for 'draws' and ``other_set`` for 'sets'; runs of the split
'test' use the images of their config.
"""
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config

from mmseg_entmin.datasets.splits import make_split
from mmseg_entmin.datasets.toycells import generate

# A recipe is chosen on training images that are left out of the training, never on test images. Images that the
# training sees as unlabeled ones would favor methods that learn from them.
VALIDATION = dict(
    wbc1=dict(ann_file='splits/1-10_unlabeled.txt', unlabeled=90, validation=45),
    camvid=dict(ann_file='splits/1-8_unlabeled.txt', unlabeled=241, validation=80))


def held_out(cfg: Config, data: str) -> dict:
    """Train on the first of the unlabeled images, evaluate on the last ones."""
    split = VALIDATION[data]
    validation = range(split['unlabeled'], split['unlabeled'] + split['validation'])
    dataset = cfg.train_dataloader.dataset
    semi_supervised = 'labeled' in dataset
    options = {'val_dataloader.dataset.ann_file': split['ann_file'], 'val_dataloader.dataset.indices': [*validation]}
    for key, prefix in (dataset.labeled if semi_supervised else dataset).data_prefix.items():
        options[f'val_dataloader.dataset.data_prefix.{key}'] = prefix
    if semi_supervised:
        options['train_dataloader.dataset.unlabeled.indices'] = split['unlabeled']
    return options | {f'{key}.indices': split['unlabeled'] for key in references(dataset)}


def other_draw(cfg: Config, pool: Sequence[str], share: str, seed: int) -> dict:
    """Label other images of the pool, 'splits/train.txt'; the remaining images are unlabeled.

    The draws of seeds 0, 1, ... are folds 1, 2, ... of ``tools/make_splits.py``. None is the draw of the config.
    """
    stems = sorted(pool)  # a dataset sorts its images
    labeled, unlabeled = ([stems.index(stem) for stem in part] for part in make_split(stems, share, seed + 1))
    dataset = cfg.train_dataloader.dataset
    parts = {'train_dataloader.dataset': labeled}
    if 'labeled' in dataset:
        alone = dataset.get('labeled_too', False)  # a control whose unlabeled images are the labeled ones
        parts = {'train_dataloader.dataset.labeled': labeled,
                 'train_dataloader.dataset.unlabeled': labeled if alone else unlabeled}
    parts |= dict.fromkeys(references(dataset), unlabeled)
    return {f'{part}.{key}': value for part, indices in parts.items()
            for key, value in dict(ann_file='splits/train.txt', indices=indices).items()}


def other_set(root: Path, seed: int) -> Path:
    """Another set of generated cells, in a folder beside that of the config; generated if it does not exist.

    The sets of seeds 0, 1, ... have the generator's seeds 1, 2, ... None is the set of the config.
    """
    return generate(root.with_name(f'{root.name}_{seed + 1}'), seed=seed + 1)


def references(dataset: dict) -> list[str]:
    """Keys of the unlabeled images whose colors a supervised pipeline uses."""
    return [f'train_dataloader.dataset.pipeline.{place}.references'
            for place, step in enumerate(dataset.get('pipeline', [])) if 'references' in step]
