# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The network of any mmseg config, for other classes and another size of images."""
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from mmseg_entmin.errors import reason
from mmseg_entmin.registry import MODELS
from mmseg_entmin.walk import dicts, plain, type_name

OWN_SCOPES = ('mmseg', 'mmseg_entmin')
WEIGHTS = ('pretrained', 'checkpoint_path')  # keys of models and backbones that load some
CHANNELS = 3  # of images, as LoadImageFromFile reads them


def load_base(base: str) -> Config:
    """A config file, or one of a package, like 'mmseg::segformer/NAME.py'.

    One in pure Python style names its types instead of importing them, so that it can be written as text.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it cannot be read, or is no complete config of a segmentor whose training counts iterations.
    """
    if '::' not in base and not Path(base).is_file():
        raise FileNotFoundError(f"--base '{base}' does not exist; one of mmseg's zoo is written like "
                                'mmseg::segformer/NAME.py')
    try:
        cfg = Config.fromstring(f'_base_ = {base!r}\n', '.py') if '::' in base else Config.fromfile(base)
        cfg = Config(without_scopes(cfg.to_dict()))
    except Exception as error:  # a config is a program: anything can go wrong in it
        raise ValueError(f"--base '{base}' cannot be read: {reason(error)}; give another base") from error
    missing = [key for key in ('model', 'optim_wrapper', 'train_cfg') if not cfg.get(key)]
    if missing:
        raise ValueError(f"--base '{base}' has no {', '.join(missing)}; give a complete config, not a part of one")
    return cfg


def adapt(model: dict, num_classes: int, side: int, pretrained: bool = True) -> dict:
    """The model for these classes in every head, trained on squares of ``side`` pixels.

    Class weights and an ignored class, which belong to other classes, are left out; void is 255 and does not count in
    averages.

    Args:
        model: of a config; not changed.
        num_classes: of all heads.
        side: of the crops, and of the windows of a sliding-window test.
        pretrained: keep what loads weights. Default True.

    Raises:
        ValueError: a backbone for images of other than 3 channels.
    """
    model = plain(model)
    channels = (model.get('backbone') or {}).get('in_channels', CHANNELS)
    if channels != CHANNELS:
        raise ValueError(f"the base's backbone, {type_name(model['backbone'])}, takes {channels} channels, but images "
                         f'are read with {CHANNELS}; give another --base')
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
    """Builds the networks of configs that are yet to be written, without weights, and shows a backbone one crop.

    Args:
        texts: of the configs, by the names of their files; one may inherit another.
        base: where their network comes from, for the message.

    Raises:
        ValueError: a config that cannot be read, a network that cannot be built, a head that the method does not fit,
            a backbone that takes no images of the size of the crops.
    """
    with TemporaryDirectory() as folder, DefaultScope.overwrite_default_scope('mmseg'):
        for name, text in texts.items():
            Path(folder, name).write_text(text, encoding='utf-8')
        for name in texts:
            try:
                model = Config.fromfile(Path(folder, name)).model
                network = MODELS.build(model)
            except Exception as error:  # a config is a program, and a network is anybody's
                raise ValueError(f"--base '{base}': the network of {name} cannot be built: {reason(error)}; give "
                                 'another base') from error
        size = (model.get('data_preprocessor') or {}).get('size')
        if size and hasattr(network, 'backbone'):  # the same in all
            check_size(network.backbone, size, base)


@torch.no_grad()
def check_size(backbone: nn.Module, size: Sequence[int], base: str) -> None:
    """Refuses a size of crops, (height, width), that the backbone does not take: a U-Net halves it some times."""
    backbone.eval()  # not all return themselves
    try:
        backbone(torch.zeros(1, CHANNELS, *size))
    except NotImplementedError:  # operators for GPUs alone
        return
    except Exception as error:
        raise ValueError(f"--base '{base}': its backbone, {type(backbone).__name__}, does not take images of {size[1]} "
                         f'x {size[0]} pixels: {reason(error)}; give another --size') from error


def without_scopes(node: Any) -> Any:
    """Without the marks of the package that a base came from, where its components are found anyway."""
    for part in dicts(node):
        if part.get('_scope_') in OWN_SCOPES:
            part.pop('_scope_')
    return node


def pretrained_weights(model: dict) -> list[str]:
    """What a model starts from, as its config names it: files, addresses, names."""
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
    """The side of the crops: the base's, which its weights and its memory fit, but not far above the images'.

    Args:
        base: whose ``data_preprocessor.size`` or ``crop_size`` is the first choice, 512 without one.
        short_sides: of all images, in pixels; their median, at the next multiple of ``step``, is the bound where the
            network starts from random weights. Pretrained networks see small images enlarged, as they were trained.
        pretrained: start from the base's weights, if it has some. Default True.
        step: what the side is a multiple of.
    """
    size = (base.model.get('data_preprocessor') or {}).get('size') or base.get('crop_size') or (512, 512)
    side = min(size)
    if pretrained and (base.get('load_from') or pretrained_weights(plain(base.model))):
        return side
    median = sorted(short_sides)[len(short_sides) // 2]
    return min(side, -(-median // step) * step)
