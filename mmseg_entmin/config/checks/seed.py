# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A seed that NumPy would refuse."""
from collections.abc import Iterator

from mmengine.config import Config

LARGEST = 2**32 - 1


def check_seed(cfg: Config) -> Iterator[str]:
    """A seed that is no whole number in range."""
    seed = (cfg.get('randomness') or {}).get('seed')
    if isinstance(seed, (int, float)) and (type(seed) is not int or not 0 <= seed <= LARGEST):
        yield f'randomness.seed={seed}: give a whole number in 0..{LARGEST}, there or with --seed'
