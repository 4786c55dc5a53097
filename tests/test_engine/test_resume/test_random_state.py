# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Random states: saved, restored, and kept apart."""
import random

import numpy as np
import torch

from mmseg_entmin.engine.resume.random_state import get_random_state, seed_everything, seeded, set_random_state


def draws() -> tuple:
    return random.random(), random.gauss(0, 1), np.random.rand(), np.random.normal(), torch.rand(3).tolist()


def test_a_state_goes_through_a_safe_file(tmp_path):
    draws()  # an odd number of Gaussian numbers: one is in store
    state = get_random_state()
    after = [draws() for _ in range(3)]
    torch.save(state, tmp_path / 'state.pth')
    set_random_state(torch.load(tmp_path / 'state.pth', weights_only=True))
    assert [draws() for _ in range(3)] == after


def test_numbers_inside_come_from_the_entropy_and_those_outside_are_not_disturbed():
    uniform = lambda: (random.random(), np.random.rand(), torch.rand(3).tolist())  # noqa: E731
    seed_everything([1])
    alone = [uniform() for _ in range(3)]
    seed_everything([1])
    found, inside = [], []
    for entropy in ([0, 7], [0, 8], [0, 7]):
        with seeded(entropy):
            inside.append(uniform())
        found.append(uniform())
    assert found == alone
    assert inside[0] == inside[2] != inside[1] and inside[0] not in alone


def test_an_error_inside_leaves_the_state_as_it_was():
    before = get_random_state()
    try:
        with seeded([3]):
            raise KeyError
    except KeyError:
        pass
    assert torch.equal(before['torch'], get_random_state()['torch'])
    assert torch.equal(before['numpy'][0], get_random_state()['numpy'][0])
