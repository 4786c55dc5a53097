# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Batches of two sources that could not be made or trained on as the config says."""
import os
from collections.abc import Callable, Iterator

from mmengine.config import Config

from mmseg_entmin.datasets.checks import list_stems
from mmseg_entmin.datasets.checks.source import dataset_configs
from mmseg_entmin.walk import dict_at, dicts, type_name

REPEATING = ('RepeatDataset', 'ClassBalancedDataset')


def check_batches(cfg: Config, read_list: Callable = list_stems) -> Iterator[str]:
    """One line for each mistake in batch sizes, padding, schedules of two sources, and pasted labeled images."""
    loader = cfg.get('train_dataloader') or {}
    sampler = loader.get('sampler') or {}
    preprocessor = dict_at(cfg, 'model.data_preprocessor')
    if type_name(preprocessor) == 'SegDataPreProcessor' and not (
            preprocessor.get('size') or preprocessor.get('size_divisor')):
        yield 'model.data_preprocessor: neither size nor size_divisor is set; set size to the size (H, W) of the crops'
    two_sources = type_name(sampler) == 'LabeledUnlabeledSampler'
    key, counted = ('sampler.labeled', sampler) if two_sources else ('batch_size', loader)
    if counted.get(key.rpartition('.')[2]) == 1 and type_name(preprocessor) == 'ClassMixPreProcessor':
        yield (f'train_dataloader.{key}=1: ClassMixPreProcessor pastes classes from one labeled image of a batch to '
               "another; set 2 or more, or model.data_preprocessor.type='SegDataPreProcessor'")
    if not two_sources:
        return
    yield from filter(None, (counted_epochs(cfg), scaled_rate(cfg)))
    counts = {name: sampler.get(name) for name in ('labeled', 'unlabeled')}
    for name, count in counts.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            yield f'train_dataloader.sampler.{name}={count!r}: a batch needs at least 1 {name} image'
            return
    if loader.get('batch_size') != sum(counts.values()):
        yield (f"train_dataloader.batch_size={loader.get('batch_size')}, but its sampler gives {counts['labeled']} "
               f"labeled and {counts['unlabeled']} unlabeled images a batch; set batch_size={sum(counts.values())}, or "
               'train_dataloader.sampler.labeled and .unlabeled')
    # other launchers set it later, and the sampler counts again
    processes = int(os.environ.get('WORLD_SIZE', 1)) if cfg.get('launcher') == 'pytorch' else 1
    for name, count in counts.items():
        listed = count_listed((loader.get('dataset') or {}).get(name), read_list)
        if listed is not None and count * processes > listed:
            yield (f'train_dataloader.sampler.{name}={count}: on {processes} process(es) a step takes '
                   f'{count * processes} {name} images, but their list(s) name {listed}; label more, or take fewer')


def count_listed(dataset: dict | None, read_list: Callable = list_stems) -> int | None:
    """Number of images in the lists of a dataset config; None if a list is missing, or taken in part or repeatedly."""
    if any(type_name(node) in REPEATING for node in dicts(dataset)):
        return None
    total = 0
    for _, _, part in dataset_configs(dataset, ''):
        path = os.path.join(part.get('data_root') or '', part.get('ann_file') or '')
        if not part.get('ann_file') or not os.path.isfile(path) or part.get('indices') is not None:
            return None
        try:
            total += len(read_list(path))
        except UnicodeDecodeError:
            return None
    return total or None


def counted_epochs(cfg: dict) -> str | None:
    """What to change if the training counts epochs, else None: the first epoch of two sources would never end."""
    loop = cfg.get('train_cfg') or {}
    kind = type_name(loop)
    if kind != 'EpochBasedTrainLoop' and not loop.get('by_epoch') and 'max_epochs' not in loop:
        return None
    return (f"train_cfg counts epochs ({kind or 'by_epoch'}, max_epochs={loop.get('max_epochs')}), which two sources "
            "of images do not have; set train_cfg=dict(_delete_=True, type='IterBasedTrainLoop', max_iters=..., "
            'val_interval=...), and by_epoch=False in param_scheduler, log_processor and default_hooks.checkpoint')


def scaled_rate(cfg: dict) -> str | None:
    """What to change if MMEngine scales the learning rate by the batch size, unlabeled images included, else None."""
    if not (cfg.get('auto_scale_lr') or {}).get('enable'):
        return None
    return ('auto_scale_lr.enable=True would scale the learning rate by labeled and unlabeled images together, so to '
            'twice the supervised one where a batch has as many of both; set it to False, and optimizer.lr to the '
            'rate for the labeled images of a step')
