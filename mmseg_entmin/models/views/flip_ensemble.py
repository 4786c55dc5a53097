# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One prediction from an image and its flips."""
from collections.abc import Callable, Iterator, Sequence
from itertools import product

import torch
from torch import Tensor
from torchvision.transforms import Compose

from mmseg_entmin.errors import OptionError

from ..logits import at_least_float32

# Each is its own inverse, on (N, K, H, W).
FLIPS = dict(horizontal=lambda x: x.flip(3), vertical=lambda x: x.flip(2), transpose=lambda x: x.transpose(2, 3))
Transform = Callable[[Tensor], Tensor]


class FlipEnsemble:
    """The mean of a network's predictions over all compositions of some flips of an image.

    It is better than each of them, also as a label for the network (data distillation, Radosavovic et al. 2018).

    Args:
        flips: among 'horizontal', 'vertical' and 'transpose', those that turn an image of the data set into a plausible
            other one, each once; k flips give 2^k views. Default none: the image alone.
    """

    def __init__(self, flips: Sequence[str] = ()) -> None:
        unknown = [flip for flip in flips if flip not in FLIPS]
        if unknown or len(set(flips)) < len(flips):
            raise OptionError('FlipEnsemble', 'flips', list(flips),
                              f'must be some of {", ".join(map(repr, FLIPS))}, each at most once')
        self.flips = tuple(flips)

    def transforms(self) -> Iterator[tuple[Transform, Transform]]:
        """For each view, the transform that makes it and the one that turns its prediction back."""
        for chosen in product((False, True), repeat=len(self.flips)):
            steps = [FLIPS[flip] for flip, is_chosen in zip(self.flips, chosen) if is_chosen]
            yield Compose(steps), Compose(steps[::-1])

    def logits(self, network: Transform, images: Tensor) -> Tensor:
        """Logits (N, C, h, w) whose softmax is the mean of the views' softmax, for images (N, K, H, W)."""
        if not self.flips:
            return network(images)
        there, back = zip(*self.transforms())
        views = [transform(images) for transform in there]
        if images.shape[2] == images.shape[3]:
            outputs = network(torch.cat(views)).chunk(len(views))
        else:  # transposed views have another shape
            outputs = [network(view) for view in views]
        probs = [inverse(at_least_float32(output).softmax(dim=1)) for inverse, output in zip(back, outputs)]
        return torch.stack(probs).mean(dim=0).clamp(min=1e-12).log()
