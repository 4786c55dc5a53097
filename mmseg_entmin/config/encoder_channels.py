# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Number of channels of the encoder's last feature map, from a pass through the backbone."""
import contextlib
import io
import warnings
from collections.abc import Sequence

import torch
from mmengine.registry import DefaultScope
from torch import Tensor

from mmseg_entmin.models.encoder_stages import encoder_maps, encoder_modules
from mmseg_entmin.models.mmseg_fixes import channels_first
from mmseg_entmin.registry import MODELS
from mmseg_entmin.walk import type_name

SIDE = 256  # divisible by the strides of all backbones
LOADS_WEIGHTS = ('init_cfg', 'pretrained', 'checkpoint_path')
# A config and those that inherit from it are read many times, and a large backbone takes a second to build.
known: dict[str, int] = {}


def encoder_channels(backbone: dict, encoder_stages: Sequence[str] | None = None) -> int:
    """Channels of the last feature map of a backbone's config; ValueError if it cannot be built or run."""
    bare = {key: value for key, value in backbone.items() if key not in LOADS_WEIGHTS}
    if type_name(backbone) == 'TIMMBackbone':  # its default is to download
        bare['pretrained'] = False
    key = repr((bare, encoder_stages))
    if key not in known:
        try:
            try:
                last = last_map(bare, encoder_stages, 'meta')
            except (NotImplementedError, RuntimeError):  # an operation that needs values
                last = last_map(bare, encoder_stages, 'cpu')
        except Exception as error:  # backbones are anybody's code
            raise ValueError(
                f"the channels of backbone {backbone.get('type')} cannot be found out ({type(error).__name__}: "
                f'{error}); give them: semi_supervised(..., cls_head=dict(in_channels=...))') from error
        known[key] = last.shape[1]
    return known[key]


def last_map(backbone: dict, encoder_stages: Sequence[str] | None, device: str) -> Tensor:
    """The encoder's last feature map of one image; on the device 'meta' it has a shape, but no values."""
    side = backbone.get('img_size', SIDE)  # some transformers take this size alone
    size = tuple(side) if isinstance(side, (list, tuple)) else (side, side)
    with DefaultScope.overwrite_default_scope('mmseg'), torch.random.fork_rng(devices=[]), torch.no_grad(), \
            contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter('ignore')
        model = MODELS.build(dict(backbone))  # not on 'meta': the constructors of transformers need values
        channels_first(model)
        model.eval()
        model.to(device)
        images = torch.empty(1, backbone.get('in_channels', 3), *size, device=device)
        return encoder_maps(model, encoder_modules(model, encoder_stages), images)[0][-1]
