# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Keys of `paramwise_cfg` that are in no parameter's name."""
from collections.abc import Iterator

from mmengine.config import Config
from torch import nn

from mmseg_entmin.walk import keyed_dicts


def optimizer_key_warnings(cfg: Config, model: nn.Module) -> Iterator[str]:
    """One line for each of `custom_keys` that matches no parameter of the model, which MMEngine does not report."""
    names = [name for name, _ in model.named_parameters()]
    for place, node in keyed_dicts(cfg.get('optim_wrapper'), 'optim_wrapper'):
        for key in node.get('custom_keys') or ():
            if not any(key in name for name in names):
                yield (f'{place}.custom_keys: {key!r} is in no name of a parameter, so its options act on nothing; '
                       'correct it by the names in model.named_parameters(), or take it out')
