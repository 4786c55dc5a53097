# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Heads and data whose classes differ."""
from collections.abc import Iterator

from mmengine.config import Config
from mmengine.registry import DATASETS, DefaultScope

from mmseg_entmin.datasets.checks.source import UNLABELED, dataset_configs
from mmseg_entmin.walk import keyed_dicts, type_name

from .components import find

HEADS = ('decode_head', 'auxiliary_head', 'cls_head')
BOUNDARY_HEADS = ('STDCHead', )  # their classes are boundary and none


def check_classes(cfg: Config) -> Iterator[str]:
    """One line for each head or labeled set whose number of classes is not that of the decode head."""
    heads = {f'{key}.num_classes': node['num_classes'] for name in HEADS
             for key, node in keyed_dicts((cfg.get('model') or {}).get(name), f'model.{name}')
             if isinstance(node.get('num_classes'), int) and type_name(node) not in BOUNDARY_HEADS}
    if not heads:
        return
    key, count = next(iter(heads.items()))
    for other, theirs in heads.items():
        if theirs != count:
            yield f'{other}={theirs}, but {key}={count}; give all heads the same number of classes'
    seen = set()
    for split in ('train', 'val', 'test'):
        loader = cfg.get(f'{split}_dataloader') or {}
        for place, role, part in dataset_configs(loader.get('dataset'), f'{split}_dataloader.dataset'):
            names = None if role == UNLABELED else class_names(part, cfg.get('default_scope') or 'mmseg')
            # a single logit tells two classes apart
            if names and len(names) != count and (count, len(names)) != (1, 2) and names not in seen:
                seen.add(names)
                yield (f"{key}={count}, but {place} has {len(names)} classes ({', '.join(names[:3])}"
                       f"{', ...' if len(names) > 3 else ''}); set num_classes={len(names)} in all heads, or metainfo "
                       'of the data set')


def class_names(dataset: dict, scope: str) -> tuple | None:
    """The class names of a dataset, by its config or its Python class; None if neither has them."""
    with DefaultScope.overwrite_default_scope(scope):
        kind = find(dataset.get('type'), DATASETS, dataset.get('_scope_'))
    names = {**getattr(kind, 'METAINFO', {}), **(dataset.get('metainfo') or {})}.get('classes')
    return tuple(map(str, names)) if isinstance(names, (list, tuple)) else None
