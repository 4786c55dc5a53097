# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reads a project that ``entmin new-project`` wrote."""
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.config import Config
from PIL import Image

from mmseg_entmin.config.read_config import read_config
from mmseg_entmin.datasets.splits import read_list
from mmseg_entmin.walk import dict_at, dicts, plain, type_name


@dataclass(frozen=True)
class Project:
    """What a comparison needs of a project.

    Attributes:
        path: its folder.
        supervised, semi: its config files.
        config: the supervised one, read.
        masks: names of all images with a mask, sorted.
        unlabeled: names of the unlabeled images, a list for each of their folders; None for a folder without a list.
        classes: names of the classes.
        presence: which classes each mask shows, bool, (masks, C).
        labeled_batch, unlabeled_batch: images of each kind in a batch of the semi-supervised config.
    """

    path: Path
    supervised: Path
    semi: Path
    config: Config
    masks: list[str]
    unlabeled: list[list[str] | None]
    classes: list[str]
    presence: np.ndarray
    labeled_batch: int
    unlabeled_batch: int

    @property
    def name(self) -> str:
        return self.supervised.stem.removesuffix('_supervised')

    @property
    def iters(self) -> int:
        return self.config.train_cfg.max_iters

    @property
    def schedulers(self) -> list[dict]:
        found = plain(self.config.get('param_scheduler') or [])
        return list(found) if isinstance(found, (list, tuple)) else [found]

    @property
    def turned(self) -> bool:
        """Whether images are flipped vertically in training."""
        return any(type_name(step) == 'RandomFlip' and 'vertical' in str(step.get('direction'))
                   for step in dicts(plain(self.config.train_dataloader)))

    def fingerprint(self) -> str:
        """Changes with the configs, the lists and the masks."""
        digest = hashlib.sha256()
        for path in [self.supervised, self.semi, *(self.path / 'masks' / f'{name}.png' for name in self.masks)]:
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
        digest.update(json.dumps([self.masks, self.unlabeled]).encode())
        return digest.hexdigest()[:16]


def read_project(path: Path) -> Project:
    """Raises FileNotFoundError for a folder without the parts of a project, and ValueError for what does not fit."""
    if not path.is_dir():
        raise FileNotFoundError(f"project '{path}' does not exist (current folder: {Path.cwd()}); make one with entmin "
                                'new-project')
    configs = {}
    for kind in ('supervised', 'semi'):
        found = sorted(path.glob(f'*_{kind}.py'))
        own = path / f'{path.resolve().name}_{kind}.py'
        if not found:
            raise FileNotFoundError(f"'{path}' is no project of entmin new-project: it has no NAME_{kind}.py")
        if len(found) > 1 and own not in found:
            raise ValueError(f"'{path}' has several configs *_{kind}.py ({found[0].name}, {found[1].name}, ...); leave "
                             'one of them there')
        configs[kind] = own if own in found else found[0]
    config, semi = (read_config(str(configs[kind])) for kind in ('supervised', 'semi'))
    lists = {kind: read_list(path / 'splits' / f'{kind}.txt') for kind in ('labeled', 'val')}
    masks = sorted({*lists['labeled'], *lists['val']})
    classes = list(dict_at(config, 'metainfo').get('classes') or ())
    if not classes or not dict_at(config, 'train_cfg').get('max_iters'):
        raise ValueError(f"config '{configs['supervised']}' has no metainfo.classes or no train_cfg.max_iters")
    presence = np.zeros((len(masks), len(classes)), dtype=bool)
    for row, name in zip(presence, masks):
        file = path / 'masks' / f'{name}.png'
        if not file.is_file():
            raise FileNotFoundError(f"mask '{file}' of the lists in '{path / 'splits'}' does not exist")
        with Image.open(file) as image:
            labels = np.unique(np.asarray(image))
        row[labels[labels < len(classes)]] = True
    sampler = dict_at(semi, 'train_dataloader.sampler')
    if not {'labeled', 'unlabeled'} <= sampler.keys():
        raise ValueError(f"config '{configs['semi']}': train_dataloader.sampler has no labeled and unlabeled counts")
    return Project(path, configs['supervised'], configs['semi'], config, masks, unlabeled_names(semi), classes,
                   presence, sampler['labeled'], sampler['unlabeled'])


def unlabeled_names(semi: Config) -> list[list[str] | None]:
    """The names in the list of each source of unlabeled images."""
    dataset = dict_at(semi, 'train_dataloader.dataset.unlabeled')
    found: list[list[str] | None] = []
    for part in dataset.get('datasets') or [dataset]:
        lists = part.get('ann_file')
        found.append(sorted(read_list(Path(part.get('data_root') or '', lists))) if lists else None)
    return found
