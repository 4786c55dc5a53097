# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What can be seen to be wrong in a config before any data is read."""
from typing import List

from mmengine.config import Config

from .config_checks import check_batches, check_components, check_keys


def config_problems(cfg: Config) -> List[str]:
    """One line, with the full key, for each mistake in a config; nothing is built and no image is opened."""
    return [line for check in (check_keys, check_batches, check_components) for line in check(cfg)]


def check_config(cfg: Config) -> None:
    """Refuse a config with a misspelt key, a component or an option that does not exist, a value of a wrong type, or
    a training dataloader whose batches would not hold what its sampler gives.

    Args:
        cfg: a complete config.

    Raises:
        ValueError: the first mistake, and the number of the others; the message names the key.
    """
    problems = config_problems(cfg)
    if problems:
        others = len(problems) - 1
        raise ValueError(problems[0] + (f' (and {others} more mistake{"s" * (others > 1)})' if others else ''))
