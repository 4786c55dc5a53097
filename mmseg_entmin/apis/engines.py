# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What runs a network: PyTorch, with batch norms folded, in the memory layout that the processor is made for."""
from collections.abc import Callable

import torch
from torch import Tensor

from mmseg_entmin.models.folded_batch_norm import fold_batch_norms

from .core import Core

EXAMPLE = 128  # pixels, the side of the part of an image on which batch norms are folded
Run = Callable[[Tensor], dict[str, Tensor]]


class Engine:
    """Runs a core, which it prepares by the first images that it sees: batch norms become part of the convolutions
    before them, in the model itself, and on a CPU weights and maps are channels-last.

    Args:
        core: in eval mode, on its device.
    """

    def __init__(self, core: Core) -> None:
        self.core = core
        self.run: Run | None = None

    def __call__(self, images: Tensor) -> dict[str, Tensor]:
        """The outputs by name for preprocessed images (N, channels, H, W)."""
        if self.run is None:
            self.run = self.prepare(images)
        return self.run(images)

    def prepare(self, images: Tensor) -> Run:
        fold(self.core, images[:1])
        return channels_last(self.core) if images.device.type == 'cpu' else self.core


def fold(core: Core, image: Tensor) -> None:
    """Folds batch norms by passes of a part of an image (1, channels, H, W), or of all of it through a network that
    takes one size only."""
    part = image[:, :, :EXAMPLE, :EXAMPLE]
    try:
        fold_batch_norms(core, lambda: core(part)['logits'])
    except (AssertionError, RuntimeError, ValueError):
        fold_batch_norms(core, lambda: core(image)['logits'])


def channels_last(core: Core) -> Run:
    """Runs a core on channels-last images."""
    core.to(memory_format=torch.channels_last)
    return lambda images: core(images.to(memory_format=torch.channels_last))
