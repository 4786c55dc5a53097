# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One prediction from an image and its mirror images."""
from collections.abc import Callable, Iterator, Sequence
from itertools import product

import torch
from torch import Tensor

from mmseg_entmin.errors import OptionError

from ..uncertainty import at_least_float32

# Each is its own inverse, on (N, K, H, W).
FLIPS = dict(
    horizontal=lambda x: x.flip(3),
    vertical=lambda x: x.flip(2),
    transpose=lambda x: x.transpose(2, 3))
Views = Callable[[Tensor], Tensor]


class MirroredViews:
    """The mean of a network's predictions over an image and its mirror images, all compositions of some flips.

    What a network says of mirror images of one image differs, and their mean is right more often than each
    (data distillation, Radosavovic et al. 2018): labels from it are better than the network that they come from.

    Args:
        flips: of 'horizontal', 'vertical' and 'transpose', those under which an image of the data may as well be
            another one; k flips give 2^k views. Default none: the image alone.

    Raises:
        ValueError: an unknown flip, or one twice.
    """

    def __init__(self, flips: Sequence[str] = ()) -> None:
        unknown = [flip for flip in flips if flip not in FLIPS]
        if unknown or len(set(flips)) < len(flips):
            raise OptionError('MirroredViews', 'flips', list(flips),
                              f'must be some of {", ".join(map(repr, FLIPS))}, each at most once')
        self.flips = tuple(flips)

    def views(self) -> Iterator[tuple[Views, Views]]:
        """What makes a view of an image, and what turns the view's prediction back."""
        for chosen in product((False, True), repeat=len(self.flips)):
            steps = [FLIPS[flip] for flip, is_chosen in zip(self.flips, chosen) if is_chosen]
            yield chain(steps), chain(steps[::-1])

    def logits(self, network: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
        """Logits whose softmax is the mean of those of all views, (N, C, h, w).

        Args:
            network: images (N, 3, H, W) to logits (N, C, h, w).
            images: (N, 3, H, W).
        """
        if not self.flips:
            return network(images)
        there, back = zip(*self.views())
        views = [view(images) for view in there]
        if images.shape[2] == images.shape[3]:
            outputs = network(torch.cat(views)).chunk(len(views))
        else:  # transposed ones have another shape
            outputs = [network(view) for view in views]
        probs = [turn(at_least_float32(output).softmax(dim=1)) for turn, output in zip(back, outputs)]
        return torch.stack(probs).mean(dim=0).clamp(min=1e-12).log()


def chain(steps: Sequence[Views]) -> Views:
    """The steps one after the other."""
    def run(x: Tensor) -> Tensor:
        for step in steps:
            x = step(x)
        return x
    return run
