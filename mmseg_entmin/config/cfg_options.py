# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``--cfg-options``: reading them, and refusing those that would change nothing."""
import re
from collections.abc import Sequence
from typing import Any

from mmengine.config import Config, DictAction

from .checks.keys import known_keys
from .checks.spelling import suggestion

BLANK = '\0'  # in place of a blank, which MMEngine drops
# What reads the values of variables that many configs have.
READERS = dict(
    seed='randomness.seed (--seed)', data_root='--data-root', max_iters='train_cfg.max_iters',
    max_epochs='train_cfg.max_epochs', lr='optim_wrapper.optimizer.lr', optimizer='optim_wrapper.optimizer',
    batch_size='train_dataloader.batch_size', num_workers='train_dataloader.num_workers',
    num_classes='model.decode_head.num_classes and the like', test_pipeline='test_dataloader.dataset.pipeline')


def parse_value(text: str) -> Any:
    """The value of an option as MMEngine reads it (numbers, lists, None, ...), with the blanks inside a text."""
    text = re.sub(r'(?<=[\[(,]) +| +(?=[\]),])', '', text.strip())
    return with_blanks(DictAction._parse_iterable(text.replace(' ', BLANK)))


def with_blanks(value: Any) -> Any:
    """A parsed value, its blanks put back."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(with_blanks, value))
    return value.replace(BLANK, ' ') if isinstance(value, str) else value


def parse_options(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Values by dotted key, of texts ``key=value``; a later one replaces an earlier one."""
    split = (pair.partition('=') for pair in pairs or ())
    return {key: parse_value(text) for key, _, text in split}


def apply_options(cfg: Config, options: dict[str, Any]) -> None:
    """Lets options have the last word over a config that was read.

    Raises:
        ValueError: nothing reads an option: what a config file calls a variable has had its effect by then.
    """
    known = known_keys()
    for key, value in options.items():
        name = key.split('.')[0]
        if name in known:
            continue
        advice = (f'set {READERS[name]}' if name in READERS else
                  'set the keys that its value went into' if name in cfg else suggestion(name, known))
        used = '; the file has used its variables already' if name in cfg else ''
        raise ValueError(f'--cfg-options {key}={value!r}: nothing reads {name}{used}; {advice}')
    cfg.merge_from_dict(options)
