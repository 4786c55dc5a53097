# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a device is refused for before a model predicts on it."""

import torch

from mmseg_entmin.errors import one_line


def check_device(device: str | None) -> None:
    """Refuses a device that is not there."""
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device '{device}' cannot be used: {one_line(error)}; give another one, like cpu") from error
