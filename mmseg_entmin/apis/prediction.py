# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The prediction for one image."""
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

OUTPUTS = ('confidence', 'entropy', 'variance', 'presence', 'features')


@dataclass
class Prediction:
    """The prediction for an image of H x W pixels and C classes, at its original size, in float32.

    What was not asked for is None.

    Attributes:
        source: path of the image; None for an array.
        labels: the class of each pixel, uint8, (H, W).
        confidence: probability of that class, (H, W), in 1/C..1.
        entropy: of the softmax of the mean logits, (H, W), in 0..log(C) nats.
        variance: aleatoric, of that class's logit, (H, W), > 0; None without an ``UncertaintyHead``.
        presence: p_c of each class in the image, (C, ), in 0..1; None without a classification head.
        features: the encoder's last feature map averaged over the image, (D, ).
        gradient: of the encoder's feature maps, summed over stages, (H, W), > 0; None unless asked for.
        probabilities: of each class, (C, H, W); None unless asked for.
        no_data: where the file has no data, (H, W), bool, by its nodata value or mask; None if it has some everywhere.
    """

    source: str | None
    labels: np.ndarray
    confidence: np.ndarray | None
    entropy: np.ndarray | None
    variance: np.ndarray | None
    presence: np.ndarray | None
    features: np.ndarray | None
    gradient: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    no_data: np.ndarray | None = None


def predict(source: str | None, logits: Tensor, variance: Tensor | None, presence: Tensor | None,
            features: Tensor | None, gradient: Tensor | None, wanted: Collection[str]) -> Prediction:
    """The prediction from logits (C, H, W), which may be -inf, and the tensors that belong to it; of what is computed
    from the logits, only what is wanted."""
    best, labels = logits.max(dim=0)
    found = dict(
        labels=labels.to(torch.uint8), features=features, presence=presence, gradient=gradient,
        variance=None if variance is None else variance.gather(0, labels[None])[0], confidence=None, entropy=None)
    if not {'confidence', 'entropy'}.isdisjoint(wanted):
        below = (logits - best).clamp_(min=-200)  # whose exponential is 0, and so is its share in the entropy
        shares = below.exp()
        total = shares.sum(dim=0)
        found['confidence'] = 1 / total
        if 'entropy' in wanted:
            found['entropy'] = (total.log() - shares.mul_(below).sum(dim=0) / total).clamp_(min=0)
    if 'probabilities' in wanted:
        found['probabilities'] = logits.softmax(dim=0)
    return Prediction(source, **{
        name: None if tensor is None else (tensor if name == 'labels' else tensor.float()).cpu().numpy()
        for name, tensor in found.items()})
