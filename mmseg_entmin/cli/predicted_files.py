# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The files that `entmin predict` writes for an image: PNGs, or GeoTIFFs that keep its place."""
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from mmseg_entmin.apis import EntMinInferencer, Prediction, pictures
from mmseg_entmin.apis.rasters import RasterWriter

IGNORED = pictures.IGNORED


def labels_of(prediction: Prediction) -> np.ndarray:
    """The labels (H, W), with 255 where the image has no data."""
    return prediction.labels if prediction.no_data is None else np.where(
        prediction.no_data, np.uint8(IGNORED), prediction.labels)


def save_pngs(prediction: Prediction, paths: dict[str, Path], inferencer: EntMinInferencer) -> None:
    """Writes PNGs, whose paths are given by folder."""
    classes, palette, labels = inferencer.classes, inferencer.palette, labels_of(prediction)
    if 'masks' in paths:
        pictures.save_mask(labels, palette, paths['masks'])
    if 'overlays' in paths:
        pictures.save_overlay(prediction.source, labels, palette, paths['overlays'], reader=inferencer)
    if 'entropy' in paths:
        pictures.save_entropy(prediction.entropy, len(classes), paths['entropy'], paths['entropy_colour'])
    if 'variance' in paths:
        pictures.save_variance(prediction.variance, paths['variance'], paths['variance_colour'])


class GeoTiffs:
    """The GeoTIFFs of one image, written part by part: masks, and entropy and variance in float32; a context."""

    def __init__(self, paths: dict[str, Path], size: Sequence[int], where: dict | None, palette: Sequence) -> None:
        self.writers = {
            folder: RasterWriter(path, size, 'uint8', IGNORED, where, palette) if folder == 'masks' else
            RasterWriter(path, size, 'float32', float('nan'), where) for folder, path in paths.items()}

    def __enter__(self) -> 'GeoTiffs':
        with ExitStack() as stack:
            for writer in self.writers.values():
                stack.enter_context(writer)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error) -> None:
        self.stack.__exit__(*error)

    def write(self, prediction: Prediction, row: int = 0, column: int = 0) -> None:
        """Writes the prediction of a part of the image, at its place."""
        for folder, writer in self.writers.items():
            pixels = labels_of(prediction)
            if folder != 'masks':
                pixels = getattr(prediction, folder)
                if prediction.no_data is not None:
                    pixels = np.where(prediction.no_data, np.float32('nan'), pixels)
            writer.write(pixels, row, column)
