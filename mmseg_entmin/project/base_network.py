# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The network of any mmseg config, for other classes and another image size."""
import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from mmseg_entmin.errors import reason
from mmseg_entmin.registry import MODELS
from mmseg_entmin.walk import dicts, plain, type_name

from .loading import COLORS as CHANNELS
from .loading import Loading

WEIGHTS = ('pretrained', 'checkpoint_path')  # keys of models and backbones that load some


def load_base(base: str) -> Config:
    """A config file or a config of a package, like 'mmseg::segformer/NAME.py', with types as names.
    Raises FileNotFoundError, or ValueError if it cannot be read or is not complete."""
    if '::' not in base and not Path(base).is_file():
        raise FileNotFoundError(f"--base '{base}' does not exist; one of mmseg's zoo is written like "
                                'mmseg::segformer/NAME.py')
    try:
        cfg = Config.fromstring(f'_base_ = {base!r}\n', '.py') if '::' in base else Config.fromfile(base)
        parts = cfg.to_dict()
        for part in dicts(parts):
            if part.get('_scope_') in ('mmseg', 'mmseg_entmin'):  # whose components are found anyway
                part.pop('_scope_')
        cfg = Config(parts)
    except Exception as error:  # a config is a program: anything can go wrong in it
        raise ValueError(f"--base '{base}' cannot be read: {reason(error)}; give another base") from error
    missing = [key for key in ('model', 'optim_wrapper', 'train_cfg') if not cfg.get(key)]
    if missing:
        raise ValueError(f"--base '{base}' has no {', '.join(missing)}; give a complete config, not a part of one")
    return cfg


def adapt(model: dict, num_classes: int, side: int, pretrained: bool = True, loading: Loading = Loading()) -> dict:
    """A copy of the model for `num_classes` in every head, for crops and test windows of `side` x `side` pixels, with
    the channels, mean and std of `loading`.

    Class weights and ignored classes of the base are removed; 255 is ignored, also in averages. Without `pretrained`,
    nothing loads weights. A backbone for images without 3 channels raises ValueError.
    """
    model = plain(model)
    channels = (model.get('backbone') or {}).get('in_channels', CHANNELS)
    if channels != CHANNELS:
        raise ValueError(f"the base's backbone, {type_name(model['backbone'])}, takes {channels} channels, but images "
                         f'are read with {CHANNELS}; give another --base')
    if loading.channels != CHANNELS:
        model['backbone']['in_channels'] = loading.channels
    heads = [node for key in ('decode_head', 'auxiliary_head') for node in dicts(model.get(key))]
    for node in heads:
        if 'num_classes' in node:
            node['num_classes'] = num_classes
            node.pop('out_channels', None)  # of a head with one channel for two classes
        for key in ('class_weight', 'ignore_index'):
            node.pop(key, None)
        if type_name(node) == 'CrossEntropyLoss':
            node['avg_non_ignore'] = True
    preprocessor = model.setdefault('data_preprocessor', dict(type='SegDataPreProcessor'))
    if loading.mean is not None:
        preprocessor.update(mean=loading.mean, std=loading.std, bgr_to_rgb=False)
        preprocessor.pop('rgb_to_bgr', None)
    divisor = preprocessor.pop('size_divisor', None)
    preprocessor.update(size=(side, side), pad_val=0, seg_pad_val=255)
    if divisor:
        preprocessor.setdefault('test_cfg', dict(size_divisor=divisor))
    if (model.get('test_cfg') or {}).get('mode') == 'slide':
        model['test_cfg'].update(crop_size=(side, side), stride=(side * 2 // 3, side * 2 // 3))
    if not pretrained:
        drop_pretrained(model)
    return model


def check_networks(texts: dict[str, str], base: str) -> None:
    """Builds the networks of config texts (by file name) without weights, and runs the backbone on one crop;
    ValueError, with the name of the base, if that fails."""
    with TemporaryDirectory() as folder, DefaultScope.overwrite_default_scope('mmseg'), warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'For binary segmentation')  # two channels are meant
        for name, text in texts.items():
            Path(folder, name).write_text(text, encoding='utf-8')
        for name in texts:
            try:
                model = Config.fromfile(Path(folder, name)).model
                drop_pretrained(model)
                network = MODELS.build(model)
            except Exception as error:  # a config is a program, and a network is anybody's
                raise ValueError(f"--base '{base}': the network of {name} cannot be built: {reason(error)}; give "
                                 'another base') from error
        size = (model.get('data_preprocessor') or {}).get('size')
        if size and hasattr(network, 'backbone'):  # the same in all
            check_size(network.backbone, size, base, model.backbone.get('in_channels', CHANNELS))


@torch.no_grad()
def check_size(backbone: nn.Module, size: Sequence[int], base: str, channels: int = CHANNELS) -> None:
    """Raises ValueError for a crop size (height, width) that the backbone does not take."""
    backbone.eval()  # not all return themselves
    try:
        backbone(torch.zeros(1, channels, *size))
    except NotImplementedError:  # operators for GPUs alone
        return
    except Exception as error:
        raise ValueError(f"--base '{base}': its backbone, {type(backbone).__name__}, does not take images of {size[1]} "
                         f'x {size[0]} pixels: {reason(error)}; give another --size') from error


def pretrained_weights(model: dict) -> list[str]:
    """The files, addresses and names of the weights that a model loads."""
    found = []
    for node in dicts(model):
        found += [node[key] for key in WEIGHTS if isinstance(node.get(key), str)]
        if type_name(node) == 'Pretrained' and node.get('checkpoint'):
            found.append(node['checkpoint'])
        if type_name(node) == 'TIMMBackbone' and node.get('pretrained', True):
            found.append(f"weights of timm for {node.get('model_name')}")
    return found


def drop_pretrained(model: dict) -> None:
    """Makes the model start from random weights, in place."""
    for node in dicts(model):
        for key in WEIGHTS:
            node.pop(key, None)
        if type_name(node) == 'TIMMBackbone':  # its default is to download
            node['pretrained'] = False
        if any(type_name(part) == 'Pretrained' for part in dicts(node.get('init_cfg'))):
            node.pop('init_cfg')


def default_side(base: Config, short_sides: list[int], pretrained: bool = True, step: int = 32) -> int:
    """The side of the crops in pixels: `data_preprocessor.size` or `crop_size` of the base, else 512.

    Without pretrained weights it is at most the median short side of the images, rounded up to a multiple of `step`;
    pretrained networks see small images resized to the size that they know.
    """
    side = min((base.model.get('data_preprocessor') or {}).get('size') or base.get('crop_size') or (512, 512))
    if pretrained and (base.get('load_from') or pretrained_weights(plain(base.model))):
        return side
    median = sorted(short_sides)[len(short_sides) // 2]
    return min(side, -(-median // step) * step)
