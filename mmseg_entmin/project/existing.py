# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A project that was made before: its configs and lists, as they are now."""
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config

from mmseg_entmin.config.read_config import read_config
from mmseg_entmin.datasets.checks.source import LABELED, UNLABELED, dataset_configs
from mmseg_entmin.datasets.splits import read_list

from .palette import Color, default_palette

KINDS = ('supervised', 'semi')


class Existing(NamedTuple):
    """What the configs of a project say."""

    configs: list[Path]  # the supervised one and the semi-supervised one
    images: Path
    suffix: str  # of the images
    masks: Path  # folder of the labels
    classes: list[str]
    palette: list[Color]
    lists: dict[str, Path]  # files of the names, of 'labeled', 'val' and 'unlabeled' images
    names: dict[str, list[str]]  # the names in these files; none for an empty one
    more: int  # unlabeled images in other folders
    batch: int  # labeled images in a batch
    unlabeled_batch: int
    iters: int


def open_project(folder: Path) -> Existing:
    """Reads a project; FileNotFoundError or ValueError, with the file, if it is none or its configs do not fit it."""
    configs = [find_config(folder, kind) for kind in KINDS]
    supervised, semi = (read_config(str(path)) for path in configs)
    labeled = plain_dataset(supervised, 'train', configs[0])
    parts = {'labeled': labeled, 'val': plain_dataset(supervised, 'val', configs[0])}
    own, more = unlabeled_datasets(semi, labeled, folder)
    if own:
        parts['unlabeled'] = own[0]
    lists = {'unlabeled': folder / 'splits' / 'unlabeled.txt'}  # of a project that has none of its own
    for name, part in parts.items():
        if not part.get('ann_file'):
            raise ValueError(f"the {name} dataset of '{configs[name == 'unlabeled']}' has no list of images (ann_file)")
        lists[name] = root_of(part, folder) / part['ann_file']
    both = plain_dataset(semi, 'train', configs[1], LABELED)
    if root_of(both, folder) / both.get('ann_file', '') != lists['labeled']:
        raise ValueError(f"'{configs[1]}' trains on the labeled images of '{both.get('ann_file')}', "
                         f"'{configs[0]}' on those of '{labeled['ann_file']}'; make them one")
    prefix, root = labeled.get('data_prefix') or {}, root_of(labeled, folder)
    if not prefix.get('seg_map_path') or labeled.get('seg_map_suffix', '.png') != '.png':
        raise ValueError(f"the labeled dataset of '{configs[0]}' has no folder of PNG masks (data_prefix.seg_map_path)")
    classes = list(labeled.get('metainfo', {}).get('classes') or ())
    if not classes:
        raise ValueError(f"the labeled dataset of '{configs[0]}' has no classes (metainfo)")
    palette = labeled['metainfo'].get('palette') or default_palette(len(classes))
    batch = supervised.train_dataloader.get('batch_size', 1)
    return Existing(
        configs, root / prefix.get('img_path', ''), labeled.get('img_suffix', '.jpg'), root / prefix['seg_map_path'],
        classes, [tuple(color) for color in palette], lists,
        {name: names_in(path) for name, path in lists.items()}, more,
        batch, (semi.train_dataloader.get('sampler') or {}).get('unlabeled', batch),
        supervised.train_cfg.get('max_iters') or 0)


def unlabeled_datasets(semi: Config, labeled: dict, folder: Path) -> tuple[list[dict], int]:
    """The unlabeled dataset with the folder of the labeled one, if there is one, and the number of images in the lists
    of others."""
    own, more = [], 0
    for _, role, part in dataset_configs(semi.train_dataloader.get('dataset'), 'train'):
        if role == UNLABELED:
            if all((part.get('data_prefix') or {}).get('img_path') == (labeled.get('data_prefix') or {}).get('img_path')
                   and part.get(key) == labeled.get(key) for key in ('img_suffix', 'data_root')) and not own:
                own.append(part)
            elif part.get('ann_file'):
                more += len(names_in(Path(part.get('data_root') or folder) / part['ann_file']))
    return own, more


def names_in(path: Path) -> list[str]:
    """The names in a list; none if it is empty or missing."""
    return read_list(path) if path.is_file() and path.read_text('utf-8').strip() else []


def find_config(folder: Path, kind: str) -> Path:
    """The config of one kind in the folder of a project."""
    if not folder.is_dir():
        raise FileNotFoundError(f"'{folder}' is not a folder (current folder: {Path.cwd()})")
    named = folder / f'{folder.resolve().name}_{kind}.py'
    found = [named] if named.is_file() else sorted(folder.glob(f'*_{kind}.py'))
    if len(found) != 1:
        raise FileNotFoundError(f"'{folder}' has {len(found)} files *_{kind}.py; give a folder that entmin new-project "
                                'made, which has one')
    return found[0]


def plain_dataset(cfg: Config, split: str, path: Path, role: str = '') -> dict:
    """The one dataset of a dataloader, inside its wrappers. ValueError if there are several."""
    found = [part for _, own, part in dataset_configs(cfg.get(f'{split}_dataloader', {}).get('dataset'), split)
             if own == role or not role]
    if len(found) != 1:
        raise ValueError(f"the {role or split} images of '{path}' are in {len(found)} datasets; entmin add-masks takes "
                         'projects with one')
    return found[0]


def root_of(dataset: dict, folder: Path) -> Path:
    """The data root of a dataset. ValueError if it is not the folder of the project, which may have been moved."""
    root = Path(dataset.get('data_root') or '')
    if root.resolve() != folder.resolve():
        raise ValueError(f"data_root of the configs in '{folder}' is '{root}': if the project was moved, write the new "
                         'folder into the config')
    return root
