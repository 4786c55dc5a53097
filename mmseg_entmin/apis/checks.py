# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a trained model is refused for before it predicts."""
from typing import Optional

import torch
from torch import nn

from mmseg_entmin.one_line import one_line


def check_device(device: Optional[str]) -> None:
    """Refuses a device that is not there."""
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device '{device}' cannot be used: {one_line(error)}; give another one, like cpu") from error


def check_weights(model: nn.Module, state: dict, message: str) -> None:
    """Refuses weights that would leave a part of the model untrained, or that the model has no place for."""
    mine = model.state_dict()
    state = {key.removeprefix('module.'): value for key, value in state.items()}
    reasons = dict(
        lacks=sorted(mine.keys() - state.keys()), adds=sorted(state.keys() - mine.keys()),
        reshapes=sorted(key for key in mine.keys() & state.keys() if mine[key].shape != state[key].shape))
    found = '; '.join(f'it {verb} {len(keys)} weights, like {keys[0]}' for verb, keys in reasons.items() if keys)
    if found:
        raise ValueError(f'{message}: {found}; give the config that it was trained with')
