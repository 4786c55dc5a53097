# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``--cfg-options``: reads them, and refuses those that would change nothing."""
import re
from collections.abc import Sequence
from typing import Any

from mmengine.config import Config, DictAction

from .checks.keys import known_keys
from .checks.spelling import suggestion

BLANK = '\0'  # in place of a blank, which MMEngine drops
# Which key takes the value of a variable that many configs have.
READERS = dict(
    seed='randomness.seed (--seed)', data_root='--data-root', max_iters='train_cfg.max_iters',
    max_epochs='train_cfg.max_epochs', lr='optim_wrapper.optimizer.lr', optimizer='optim_wrapper.optimizer',
    batch_size='train_dataloader.batch_size', num_workers='train_dataloader.num_workers',
    num_classes='model.decode_head.num_classes and the like', test_pipeline='test_dataloader.dataset.pipeline')


def parse_value(text: str) -> Any:
    """The value of an option as MMEngine reads it (numbers, lists, None, ...), with the blanks inside strings."""
    text = re.sub(r'(?<=[\[(,]) +| +(?=[\]),])', '', text.strip())
    return with_blanks(DictAction._parse_iterable(text.replace(' ', BLANK)))


def with_blanks(value: Any) -> Any:
    """A parsed value with its blanks restored."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(with_blanks, value))
    return value.replace(BLANK, ' ') if isinstance(value, str) else value


def parse_options(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Values by dotted key, from strings ``key=value``; the last one of a key counts."""
    split = (pair.partition('=') for pair in pairs or ())
    return {key: parse_value(text) for key, _, text in split}


def apply_options(cfg: Config, options: dict[str, Any]) -> None:
    """Overrides a config that was read; ValueError for a key that nothing reads, like a variable of a config file."""
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
