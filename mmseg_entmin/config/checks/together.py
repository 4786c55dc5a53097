# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options that are right one by one, but not together."""
from collections.abc import Iterator, Sequence

from mmengine.config import Config
from torch.utils.data import DataLoader

from mmseg_entmin.errors import one_line
from mmseg_entmin.walk import dict_at, keyed_dicts, type_name

ONE_SOURCE = (None, 'DefaultSampler', 'InfiniteSampler')
PREDICTS_BY = dict(data_preprocessor="dict(type='SegDataPreProcessor')", test_cfg="dict(mode='whole')")
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
# Options that a DataLoader compares; the others depend on the dataset.
CHECKED = ('num_workers', 'persistent_workers', 'prefetch_factor', 'timeout', 'multiprocessing_context')


def check_together(cfg: Config) -> Iterator[str]:
    """One line for each loader that PyTorch would refuse, and for other options that do not fit."""
    for key in LOADERS:
        loader = cfg.get(key) or {}
        options = {name: loader[name] for name in CHECKED if name in loader}
        try:
            DataLoader([0], **options)  # starts no worker yet
        except TypeError:  # the check of components names it
            continue
        except ValueError as error:
            shown = ', '.join(f'{name}={value!r}' for name, value in options.items())
            yield f'{key} ({shown}): {one_line(error)}; with num_workers=0 leave the other options of workers out'
    sampler = type_name(dict_at(cfg, 'train_dataloader.sampler'))
    if type_name(dict_at(cfg, 'train_dataloader.dataset')) == 'SemiDataset' and sampler in ONE_SOURCE:
        yield (f'train_dataloader.sampler={sampler}: a SemiDataset needs '
               "dict(type='LabeledUnlabeledSampler', labeled=..., unlabeled=...)")
    for option, remedy in PREDICTS_BY.items():
        if dict_at(cfg, 'model').get(option, remedy) is None:
            yield f'model.{option}=None: mmseg makes no predictions without it; set {remedy}'
    preprocessor = dict_at(cfg, 'model.data_preprocessor')
    for key, node in (('', preprocessor), ('test_cfg.', dict_at(preprocessor, 'test_cfg'))):
        if node.get('size') is not None and node.get('size_divisor') is not None:
            yield (f'model.data_preprocessor.{key}size={node["size"]} and size_divisor={node["size_divisor"]}: images '
                   'are padded to one or to the other; set one of them to None')
    kinds = [{str(type_name(node)) for _, node in keyed_dicts(dict_at(cfg, key), key)} for key in (
        'model', 'train_dataloader')]
    if 'PIDHead' in kinds[0] and not any('Edge' in kind for kind in kinds[1]):
        yield ("model.decode_head: PIDHead needs the edges of the labels; add dict(type='GenerateEdge', edge_width=4) "
               'to the pipeline of the labeled images, before PackSegInputs')
    channels = dict_at(cfg, 'model.backbone').get('in_channels', 3)
    for key in ('mean', 'std'):
        values = preprocessor.get(key)
        if isinstance(values, (list, tuple)) and len(values) not in (1, channels):
            yield (f'model.data_preprocessor.{key}: {len(values)} values for images of {channels} channels '
                   '(model.backbone.in_channels); give one for each channel, or one for all')


def padding_warnings(cfg: Config) -> Iterator[str]:
    """One line for each training crop that the data preprocessor pads to another size."""
    size = pair(dict_at(cfg, 'model.data_preprocessor').get('size'))
    for key, node in keyed_dicts(dict_at(cfg, 'train_dataloader'), 'train_dataloader'):
        crop = pair(node.get('crop_size')) if type_name(node) == 'RandomCrop' else None
        if size and crop and crop != size:
            yield (f'{key}.crop_size={crop}, but model.data_preprocessor.size={size}: each crop is padded to that '
                   'size, which costs time and trains on no further pixel; set both to the same')


def pair(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    """A size (H, W), of one number or two; None for anything else."""
    if isinstance(size, int):
        return size, size
    return tuple(size) if isinstance(size, (list, tuple)) and len(size) == 2 else None
