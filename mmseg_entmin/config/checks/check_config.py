# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Mistakes in a config that can be found before data is read."""
import os
from collections.abc import Callable, Iterator

from mmengine.config import Config
from torch import nn

from mmseg_entmin.datasets.checks import list_stems
from mmseg_entmin.walk import keyed_dicts, type_name

from .albu import check_albu
from .batches import check_batches
from .classes import check_classes
from .components import check_components
from .keys import check_keys
from .plain_values import check_values
from .schedules import check_schedules
from .together import check_channels, check_together
from .watched import check_watched

LARGEST_SEED = 2**32 - 1  # of NumPy


def config_problems(cfg: Config, training: bool = True, read_list: Callable = list_stems) -> list[str]:
    """One line with the full key for each mistake in a complete config: unknown keys, components and options, values of
    a wrong type, a seed out of range, heads and data of different classes, options that do not fit each other and, for
    training, batches and schedules. `read_list` reads a list of images; nothing is built and no image is opened."""
    to_train = [*check_batches(cfg, read_list), *check_schedules(cfg), *check_channels(cfg),
                *check_watched(cfg), *check_albu(cfg)] if training else []
    return [*check_keys(cfg), *check_values(cfg), *to_train, *check_seed(cfg), *check_components(cfg),
            *check_classes(cfg), *check_together(cfg)]


def check_config(cfg: Config, training: bool = True, read_list: Callable = list_stems) -> None:
    """Raises a ValueError with the first of the `config_problems` and the number of the others."""
    refuse_first(config_problems(cfg, training, read_list))


def refuse_first(problems: list[str]) -> None:
    """Raises a ValueError with the first problem, if any, and the number of the others."""
    if problems:
        others = len(problems) - 1
        raise ValueError(problems[0] + (f' (and {others} more mistake{"s" * (others > 1)})' if others else ''))


def refuse_weights(cfg: Config) -> None:
    """Raises a ValueError for a file of pretrained weights that does not exist; addresses are left to the download."""
    for key, node in keyed_dicts(cfg.get('model'), 'model'):
        option = 'checkpoint' if type_name(node) == 'Pretrained' else 'pretrained'
        path = node.get(option)
        if isinstance(path, str) and '://' not in path and not os.path.isfile(path):
            raise ValueError(f"{key}.{option}='{path}': there is no such file (current folder: {os.getcwd()})")


def optimizer_key_warnings(cfg: Config, model: nn.Module) -> Iterator[str]:
    """One line for each of `custom_keys` that matches no parameter of the model, which MMEngine does not report."""
    names = [name for name, _ in model.named_parameters()]
    for place, node in keyed_dicts(cfg.get('optim_wrapper'), 'optim_wrapper'):
        for key in node.get('custom_keys') or ():
            if not any(key in name for name in names):
                yield (f'{place}.custom_keys: {key!r} is in no name of a parameter, so its options act on nothing; '
                       'correct it by the names in model.named_parameters(), or take it out')


def check_seed(cfg: Config) -> Iterator[str]:
    """One line for a seed that is no whole number in NumPy's range."""
    seed = (cfg.get('randomness') or {}).get('seed')
    if isinstance(seed, (int, float)) and (type(seed) is not int or not 0 <= seed <= LARGEST_SEED):
        yield f'randomness.seed={seed}: give a whole number in 0..{LARGEST_SEED}, there or with --seed'
