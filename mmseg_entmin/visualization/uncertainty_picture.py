# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One picture of all predictions for an image."""
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_entmin.apis import Prediction, pictures

from .outcomes import IGNORE_INDEX
from .panels import panels_figure, to_array


def uncertainty_picture(prediction: Prediction, truth: np.ndarray | None, meta: Mapping,
                        threshold: float, reader: Any = None) -> np.ndarray:
    """The image beside its true labels, pseudo-label, entropy, variance and feature gradients, as far as they exist.

    Args:
        prediction: of an image file.
        truth: labels (H, W), or None.
        meta: ``classes`` and ``palette`` of the data set.
        threshold: confidence, in 0..1, below which a pixel has no pseudo-label and is white.
        reader: see ``read_image`` of ``apis.pictures``.

    Returns RGB, uint8, (H, W, 3).
    """
    sure = prediction.confidence >= threshold
    cells = {'image': (pictures.read_image(prediction.source, prediction.labels.shape, reader), '')}
    if truth is not None:
        cells['truth'] = truth.astype(np.uint8), ''
    cells['pseudo-label'] = (np.where(sure, prediction.labels, np.uint8(IGNORE_INDEX)),
                             f'{100 * sure.mean():.0f} % above {threshold:g}')
    cells['entropy'] = prediction.entropy, f'mean {prediction.entropy.mean():.3g} nats'
    if prediction.variance is not None:
        low, high = pictures.VARIANCE_RANGE
        cells['variance'] = (pictures.variance_colors(prediction.variance),
                             f'mean {prediction.variance.mean():.2g}; log, {low:g}..{high:g}')
    if prediction.gradient is not None:
        largest = float(prediction.gradient.max())
        cells['feature gradients'] = pictures.colors(prediction.gradient / largest), f'0..{largest:.3g}'
    figure = panels_figure(
        [[cell for cell, _ in cells.values()]], list(cells), dict(zip(meta['classes'], meta['palette'])),
        captions=[[caption for _, caption in cells.values()]], title=Path(prediction.source).name,
        scale_title='entropy, nats', scale_max=np.log(len(meta['classes'])))
    return to_array(figure)
