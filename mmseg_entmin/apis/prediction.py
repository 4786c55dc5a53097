# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a network says about one image."""
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass
class Prediction:
    """The prediction for one image of H x W pixels and C classes, at its original size; every array is on the CPU.

    Attributes:
        source: path of the image; None for an array.
        labels: the class of each pixel, uint8, (H, W).
        confidence: probability of that class, float32, (H, W), in 1 / C .. 1.
        entropy: of the softmax of the mean logits, float32, (H, W), 0 .. log(C), in nats.
        variance: aleatoric variance of the logit of that class, float32, (H, W), > 0, in squared logits; None without
            an ``UncertaintyHead``.
        presence: p_c of each class in the image, float32, (C, ), in 0..1; None without a classification head.
        features: the encoder's last map averaged over the image, float32, (D, ).
        gradient: of the encoder's maps, summed over its stages, float32, (H, W), > 0; None unless asked for.
        probabilities: of each class, float32, (C, H, W); None unless asked for.
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


def predict(source: str | None, logits: Tensor, variance: Tensor | None, presence: Tensor | None,
            features: Tensor, gradient: Tensor | None, probabilities: bool) -> Prediction:
    """Turns logits (C, H, W), their variance (C, H, W), presence (C, ), features (D, ) and gradient (H, W) into a
    prediction.

    Logits may be minus infinity, for classes that are ruled out.
    """
    probs = logits.float().softmax(dim=0)
    confidence, labels = probs.max(dim=0)
    return Prediction(
        source=source,
        labels=numpy(labels.to(torch.uint8)),
        confidence=numpy(confidence),
        entropy=numpy(torch.special.entr(probs).sum(dim=0)),  # 0 where a probability is 0
        variance=None if variance is None else numpy(variance.float().gather(0, labels[None])[0]),
        presence=None if presence is None else numpy(presence.float()),
        features=numpy(features.float()),
        gradient=None if gradient is None else numpy(gradient.float()),
        probabilities=numpy(probs) if probabilities else None)


def numpy(tensor: Tensor) -> np.ndarray:
    return tensor.cpu().numpy()
