# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Connected components of label maps, without a wait for the device."""
import math

import torch
import torch.nn.functional as F
from torch import Tensor

NEIGHBORS = [(row, column) for row in range(3) for column in range(3) if (row, column) != (1, 1)]


@torch.no_grad()
def component_roots(labels: Tensor) -> Tensor:
    """The components of equal labels (N, H, W), integer, of which no pixel has a label below 0: int64, (N, H, W).

    A pixel's value is the index of its component's first pixel in the flattened batch. The 8 neighbors of a pixel are
    connected with it. Each pixel points to one of its component; a round lets it, and the pixel that it points to,
    point to the lowest that they and their neighbors see, and halves the ways (FastSV, Zhang et al. 2020). The number
    of rounds is fixed, log2(H W) + 4, so that nothing waits for the device; snakes and spirals take log2(H W).
    """
    count, height, width = labels.shape
    parents = torch.arange(labels.numel(), device=labels.device).view_as(labels)
    around = F.pad(labels, (1, 1, 1, 1), value=-1)
    same = [around[:, i:i + height, j:j + width] == labels for i, j in NEIGHBORS]
    for _ in range(math.ceil(math.log2(max(2, height * width))) + 4):
        seen = parents.flatten()[parents]
        around = F.pad(seen, (1, 1, 1, 1))
        lowest = seen
        for connected, (i, j) in zip(same, NEIGHBORS):
            other = around[:, i:i + height, j:j + width]
            lowest = torch.where(connected, torch.minimum(lowest, other), lowest)
        hooked = seen.flatten().scatter_reduce(0, parents.flatten(), lowest.flatten(), 'amin').view_as(labels)
        parents = torch.minimum(hooked, lowest)
    return parents


@torch.no_grad()
def largest_components(labels: Tensor, num_classes: int, background: int = 0) -> Tensor:
    """Label maps (N, H, W), int64, in 0..C - 1, in which each class but the background keeps its largest component.

    The other components become background. Of components of equal size the one that begins first is kept.
    """
    size = labels[0].numel()
    roots = component_roots(labels).flatten(1)
    pixels = torch.zeros(labels.numel(), dtype=torch.long, device=labels.device)
    pixels.scatter_add_(0, roots.flatten(), torch.ones_like(pixels))
    rank = pixels[roots] * size - roots % size  # larger is better, then earlier; above 0
    flat = labels.flatten(1)
    best = rank.new_zeros(len(labels), num_classes).scatter_reduce_(1, flat, rank, 'amax')
    return flat.where(best.gather(1, flat) == rank, background).view_as(labels)
