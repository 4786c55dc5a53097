# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options that are right one by one, but not together."""
from collections.abc import Iterator, Sequence

from mmengine.config import Config
from torch.utils.data import DataLoader

from mmseg_entmin.errors import one_line
from mmseg_entmin.registry import TRANSFORMS
from mmseg_entmin.walk import dict_at, dicts, keyed_dicts, type_name
from mmseg_entmin.words import amount

from .batches import counted_epochs
from .components import find

LIBRARIES = ('mmcv', 'mmseg', 'mmseg_entmin')  # no transform of theirs changes the number of channels
ONE_SOURCE = (None, 'DefaultSampler', 'InfiniteSampler')
PREDICTS_BY = dict(data_preprocessor="dict(type='SegDataPreProcessor')", test_cfg="dict(mode='whole')")
SCORES = ('mIoU', 'mDice', 'mFscore')
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
# Options that a DataLoader compares; the others depend on the dataset.
CHECKED = ('num_workers', 'persistent_workers', 'prefetch_factor', 'timeout', 'multiprocessing_context', 'batch_size')


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
        if type_name(dict_at(loader, 'sampler')) == 'InfiniteSampler' and (key != LOADERS[0] or counted_epochs(cfg)):
            yield f'{key}.sampler=InfiniteSampler: a pass over the images would never end; set DefaultSampler'
        if loader.get('drop_last') and key != LOADERS[0]:
            yield f'{key}.drop_last=True: the last images would not be scored; set it to False'
    for key in ('val_evaluator', 'test_evaluator'):
        wrong = {*dict_at(cfg, key).get('iou_metrics', ())} - {*SCORES}
        if wrong and type_name(dict_at(cfg, key)).endswith('IoUMetric'):
            yield f'{key}.iou_metrics: {sorted(wrong)} are no metrics; choose among {", ".join(SCORES)}'
    if cfg.get('activation_checkpointing') and cfg.get('runner_type') != 'FlexibleRunner':
        yield (f"activation_checkpointing={cfg['activation_checkpointing']}: with MMEngine's way these parts, or those "
               'before them, get no gradient; remove it, and set with_cp=True of the backbone')
    sampler = type_name(dict_at(cfg, 'train_dataloader.sampler'))
    if type_name(dict_at(cfg, 'train_dataloader.dataset')) == 'SemiDataset' and sampler in ONE_SOURCE:
        yield (f'train_dataloader.sampler={sampler}: a SemiDataset needs '
               "dict(type='LabeledUnlabeledSampler', labeled=..., unlabeled=...)")
    for option, remedy in PREDICTS_BY.items():
        if dict_at(cfg, 'model').get(option, remedy) is None:
            yield f'model.{option}=None: mmseg makes no predictions without it; set {remedy}'
    test_cfg = dict_at(cfg, 'model.test_cfg')
    lacking = [name for name in ('crop_size', 'stride') if name not in test_cfg and test_cfg.get('mode') == 'slide']
    if test_cfg.get('mode', 'whole') not in ('whole', 'slide') or lacking:
        yield (f"model.test_cfg.mode={test_cfg['mode']!r}: give 'whole', or 'slide' with crop_size and stride, each a "
               'size (H, W) in pixels')
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
            yield (f'model.data_preprocessor.{key}: {amount(len(values), "value")} for images of '
                   f'{amount(channels, "channel")} (model.backbone.in_channels); give one for each channel, or '
                   'one for all')


def check_channels(cfg: Config) -> Iterator[str]:
    """One line if the backbone takes another number of channels than the images of the training have."""
    steps = [step for node in dicts(dict_at(cfg, 'train_dataloader')) for step in node.get('pipeline') or () if step]
    loads = {step.get('color_type', 'color') for step in steps if type_name(step) == 'LoadImageFromFile'}
    counts = {len(step['channels']) for step in steps if type_name(step) == 'LoadTiff' and step.get('channels')}
    counts |= {dict(color=3, grayscale=1).get(flag) for flag in loads}
    channels = counts.pop() if len(counts) == 1 else None
    kinds = [find(step.get('type'), TRANSFORMS) for step in steps]
    if any(getattr(kind, '__module__', '').split('.')[0] not in LIBRARIES for kind in kinds):
        return  # a transform of the user's may change the channels
    mean, taken = dict_at(cfg, 'model.data_preprocessor').get('mean'), dict_at(cfg, 'model.backbone').get('in_channels')
    if channels == 1 and loads and isinstance(mean, (list, tuple)):  # gray values are repeated
        channels = len(mean)
    if channels and taken and taken != channels:
        yield (f'model.backbone.in_channels={taken}, but the images have {amount(channels, "channel")}: set the '
               'color_type of '
               "LoadImageFromFile ('color', 'grayscale', 'unchanged') in all pipelines, or in_channels")


def copy_warnings(cfg: Config) -> Iterator[str]:
    """One line for each second copy of the crop size, or of the ignored label, that differs from the first."""
    preprocessor, head = dict_at(cfg, 'model.data_preprocessor'), next(
        (node for node in dicts(dict_at(cfg, 'model').get('decode_head')) if 'num_classes' in node), {})
    size, ignored = pair(preprocessor.get('size')), head.get('ignore_index', 255)
    crops = [(f'{key}.crop_size', pair(node.get('crop_size')))
             for key, node in keyed_dicts(dict_at(cfg, 'train_dataloader'), 'train_dataloader')
             if type_name(node) == 'RandomCrop']
    for key, crop in crops:
        if size and crop and crop != size:
            yield (f'{key}={crop}, but model.data_preprocessor.size={size}: each crop is padded to that size, which '
                   'costs time and trains on no further pixel; set both to the same')
    windows = pair(dict_at(cfg, 'model.test_cfg').get('crop_size'))
    if windows and crops and windows not in (crop for _, crop in crops):
        yield (f'model.test_cfg.crop_size={windows}, but {crops[0][0]}={crops[0][1]}: predictions see windows of '
               'another size than the training; set both to the same')
    for key, node in (('model.data_preprocessor', preprocessor), *keyed_dicts(
            dict_at(cfg, 'train_dataloader'), 'train_dataloader')):
        if node.get('seg_pad_val', ignored) != ignored:
            yield (f'{key}.seg_pad_val={node["seg_pad_val"]}, but the decode head ignores label {ignored}: padding is '
                   'trained on as a class; set both to the same')


def pair(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    """A size (H, W), of one number or two; None for anything else."""
    if isinstance(size, int):
        return size, size
    return tuple(size) if isinstance(size, (list, tuple)) and len(size) == 2 else None
