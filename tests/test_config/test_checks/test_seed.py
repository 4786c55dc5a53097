# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Seeds in and out of range."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks.seed import check_seed


@pytest.mark.parametrize('seed, wrong', [(0, 0), (None, 0), (2**32 - 1, 0), (-1, 1), (2**32, 1), (1.5, 1),
                                         (True, 1)])
def test_a_seed_is_one_of_numpy(seed, wrong):
    lines = list(check_seed(Config(dict(randomness=dict(seed=seed)))))
    assert lines == [f'randomness.seed={seed}: give a whole number in 0..4294967295, there or with --seed'] * wrong
