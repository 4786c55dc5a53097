# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options of a config that choose other images to train on, or to evaluate on.

``held_out`` is for the split 'validation', ``other_draw`` for 'draws', ``other_set`` for 'sets', ``stained_set`` for
'stains', ``other_laboratory`` for 'laboratory', 'back' and 'back5', and ``other_light`` for 'dusk' and 'dawn'. Runs of
the split 'test' use the images of their config.
"""
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config
from numpy.random import RandomState

from mmseg_entmin.datasets.splits import make_split, read_list
from mmseg_entmin.datasets.toycells import TOYSTAINS, generate
from mmseg_entmin.project.schedule import scale

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


def stained_set(root: Path, seed: int) -> Path:
    """A set of generated cells with another stain, the same one for five seeds; generated if it does not exist.

    That of the seeds 0 to 4 is the set of the config, the next ones have the generator's seeds 1, 2, ...
    """
    place = seed // 5
    return generate(root.with_name(f'{root.name}_{place}') if place else root, seed=place, **TOYSTAINS)


def other_laboratory(cfg: Config, data: Path, seed: int, back: bool = False, masks: int | None = None) -> dict:
    """Label the cells of one laboratory, evaluate on those of another, of which other images are unlabeled.

    The masks are those of the 150 training images of WBC Dataset 1. The 50 images of Dataset 2 are cut into two halves:
    with even seeds the first is unlabeled and the second is evaluated, with odd seeds the other way round. The way
    ``back`` has the masks of one half of Dataset 2, or of so many drawn from it, and the training and test images of
    Dataset 1.
    """
    labeled, unlabeled, evaluated = laboratories(data, seed, back)
    if masks is not None:
        drawn = RandomState(seed).choice(labeled['indices'], masks, replace=False)
        labeled = {**labeled, 'indices': sorted(map(int, drawn))}
    return of_two_sources(cfg, labeled, unlabeled, evaluated)


def other_light(cfg: Config, data: Path, seed: int, back: bool = False) -> dict:
    """Label street scenes by day, evaluate on scenes at dusk, of which other frames are unlabeled.

    The masks are those of the 305 training frames of CamVid's sequences 0006R0 and 0016E5. The 62 of 0001TP are cut in
    the middle of the drive: with even seeds the first half is unlabeled and the second is evaluated, with odd seeds the
    other way round. The way ``back`` has the masks of all 62, and the training and validation frames by day.
    """
    return of_two_sources(cfg, *times_of_day(data, seed, back))


def times_of_day(data: Path, seed: int, back: bool = False) -> tuple[dict, dict, dict]:
    """Keys of the datasets of ``other_light``: of the labeled, the unlabeled and the evaluated images."""
    stems = sorted(read_list(data / 'camvid' / 'splits' / 'train.txt'))
    day, dusk = ([place for place, stem in enumerate(stems) if stem.startswith('0001TP') == late]
                 for late in (False, True))
    middle = len(dusk) // 2
    halves = [dusk[:middle], dusk[middle:]]

    def frames(part: str, **indices) -> dict:
        prefix = dict(img_path=f'images/{part}', seg_map_path=f'annotations/{part}')
        return dict(data_root=str(data / 'camvid'), ann_file=f'splits/{part}.txt', data_prefix=prefix, **indices)

    if back:
        return frames('train', indices=dusk), frames('train', indices=day), frames('val')
    return tuple(frames('train', indices=indices) for indices in (day, halves[seed % 2], halves[1 - seed % 2]))


def of_two_sources(cfg: Config, labeled: dict, unlabeled: dict, evaluated: dict) -> dict:
    """Keys of a config for datasets of the labeled, the unlabeled and the evaluated images.

    A supervised config of all labels trains on the masks of the images that are unlabeled in the others.
    """
    parts = {'val_dataloader.dataset': evaluated}
    if 'labeled' in cfg.train_dataloader.dataset:
        parts |= {'train_dataloader.dataset.labeled': labeled, 'train_dataloader.dataset.unlabeled': unlabeled}
    else:
        all_labels = cfg.train_dataloader.dataset.ann_file == 'splits/train.txt'
        parts['train_dataloader.dataset'] = unlabeled if all_labels else labeled
        parts |= dict.fromkeys(references(cfg.train_dataloader.dataset), unlabeled)
    return {f'{part}.{key}': value for part, options in parts.items() for key, value in options.items()}


def laboratories(data: Path, seed: int, back: bool = False) -> tuple[dict, dict, dict]:
    """Keys of the datasets of ``other_laboratory``: of the labeled, the unlabeled and the evaluated images."""
    first, second = halves(read_list(data / 'wbc2' / 'splits' / 'all.txt'))
    half, other = (first, second) if seed % 2 == 0 else (second, first)
    wbc1, wbc2 = (dict(data_root=str(data / name)) for name in ('wbc1', 'wbc2'))
    train, test = (dict(wbc1, ann_file=f'splits/{name}.txt') for name in ('train', 'test'))
    half, other = (dict(wbc2, ann_file='splits/all.txt', indices=indices) for indices in (half, other))
    return (half, train, test) if back else (train, half, other)


def shortened(cfg: Config, iters: int) -> dict:
    """Train for fewer iterations: learning rate and rise of the weights keep their course."""
    before = cfg.train_cfg.max_iters
    options = {'train_cfg.max_iters': iters, 'train_cfg.val_interval': iters}
    scaled = zip(scale(cfg.param_scheduler, iters, before), cfg.param_scheduler, strict=True)
    for place, (scheduler, old) in enumerate(scaled):
        options |= {f'param_scheduler.{place}.{key}': value for key, value in scheduler.items()
                    if value != old.get(key)}
    if 'ramp_up' in cfg.model:
        options['model.ramp_up.iters'] = round(cfg.model.ramp_up.iters * iters / before)
    return options


def halves(stems: Sequence[str]) -> tuple[list[int], list[int]]:
    """Two halves of a sorted list, drawn at random, as places in it."""
    order = [int(place) for place in RandomState(0).permutation(len(stems))]
    middle = len(order) // 2
    return sorted(order[:middle]), sorted(order[middle:])


def references(dataset: dict) -> list[str]:
    """Keys of the unlabeled images whose colors a supervised pipeline uses."""
    return [f'train_dataloader.dataset.pipeline.{place}.references'
            for place, step in enumerate(dataset.get('pipeline', [])) if 'references' in step]
