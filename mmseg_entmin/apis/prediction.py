# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The prediction for one image."""
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass
class Prediction:
    """The prediction for an image of H x W pixels and C classes, at its original size, in float32.

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
    confidence: np.ndarray
    entropy: np.ndarray
    variance: np.ndarray | None
    presence: np.ndarray | None
    features: np.ndarray
    gradient: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    no_data: np.ndarray | None = None


def predict(source: str | None, logits: Tensor, variance: Tensor | None, presence: Tensor | None,
            features: Tensor, gradient: Tensor | None, probabilities: bool) -> Prediction:
    """The prediction from logits (C, H, W), which may be -inf, and the tensors that belong to it."""
    probs = logits.float().softmax(dim=0)
    confidence, labels = probs.max(dim=0)
    tensors = dict(
        labels=labels.to(torch.uint8), confidence=confidence, features=features.float(),
        entropy=torch.special.entr(probs).sum(dim=0),  # 0 where a probability is 0
        variance=None if variance is None else variance.float().gather(0, labels[None])[0],
        presence=None if presence is None else presence.float(),
        gradient=None if gradient is None else gradient.float(), probabilities=probs if probabilities else None)
    return Prediction(source, **{name: None if tensor is None else tensor.cpu().numpy()
                                 for name, tensor in tensors.items()})
