# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A trained network on the test images: errors by confidence and by uncertainty, and the accuracy of each image."""
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from mmseg_entmin.apis import EntMinInferencer, Prediction
from mmseg_entmin.config.read_config import redirect_data_root
from mmseg_entmin.evaluation import BoundaryMetric
from mmseg_entmin.visualization.cases import image_miou
from mmseg_entmin.visualization.outcomes import IGNORE_INDEX

from .tested_images import find_images, plain_dataset, read_truth
from .work_dir import Run


class ErrorHistogram:
    """Pixels and wrong pixels by a quantity, in ``bins`` equal bins from ``low`` to ``high``. No image is kept.

    Values outside count in the first or the last bin.
    """

    def __init__(self, low: float, high: float, bins: int) -> None:
        self.low, self.high, self.bins = low, high, bins
        self.count, self.wrong, self.total = np.zeros((3, bins))

    def add(self, values: np.ndarray, wrong: np.ndarray) -> None:
        """Adds P pixels: their values (P, ), and whether each is wrong (P, )."""
        share = (values.astype(np.float64) - self.low) / (self.high - self.low)
        index = np.clip(share * self.bins, 0, self.bins - 1).astype(int)
        self.count += np.bincount(index, minlength=self.bins)
        self.wrong += np.bincount(index, wrong, minlength=self.bins)
        self.total += np.bincount(index, values, minlength=self.bins)

    def error_by_tenth(self) -> np.ndarray:
        """Error rates (10, ), in 0..1, of the tenths of the pixels, ordered by the quantity."""
        pixels, wrong = (np.concatenate([[0.], np.cumsum(sums)]) for sums in (self.count, self.wrong))
        return np.diff(np.interp(np.linspace(0, pixels[-1], 11), pixels, wrong)) / (pixels[-1] / 10)


@dataclass
class Evaluation:
    """Predictions of a run's last checkpoint on the test images, compared at all pixels that are not ignored."""

    run: Run
    inferencer: EntMinInferencer
    images: dict[str, str]  # paths by name, see find_images
    truths: Callable[[str], np.ndarray]  # reads the labels (H, W) of an image by name
    miou: dict[str, float] = field(default_factory=dict)  # of each image alone, 0..100; NaN if all pixels are ignored
    confidence: ErrorHistogram = field(default_factory=lambda: ErrorHistogram(0., 1., 15))
    entropy: ErrorHistogram | None = None
    variance: ErrorHistogram | None = None  # of its log10; None without an UncertaintyHead
    boundaries: BoundaryMetric | None = None

    def add(self, name: str, prediction: Prediction) -> None:
        truth = self.truths(name)
        known = truth != IGNORE_INDEX
        wrong = (prediction.labels != truth)[known]
        self.confidence.add(prediction.confidence[known], wrong)
        self.entropy.add(prediction.entropy[known], wrong)
        if self.variance is not None:
            self.variance.add(np.log10(np.maximum(prediction.variance[known], 1e-30)), wrong)
        if self.boundaries is not None:
            self.boundaries.results.append(self.boundaries.image(prediction.labels, truth))
        self.miou[name] = image_miou(torch.from_numpy(prediction.labels), torch.from_numpy(truth),
                                     len(self.inferencer.classes))

    def reliability(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Mean confidence and accuracy of each bin, NaN where it is empty, and the expected calibration error."""
        bins = self.confidence
        with np.errstate(invalid='ignore'):
            confidence, accuracy = bins.total / bins.count, 1 - bins.wrong / bins.count
        error = np.nansum(np.abs(confidence - accuracy) * bins.count) / bins.count.sum()
        return confidence, accuracy, float(error)


def unseen(items: Iterable, total: int) -> Iterable:
    """No progress is shown."""
    return items


def evaluate(run: Run, data_root: str | None = None, device: str | None = None,
             progress: Callable = unseen, boundaries: float | None = None) -> Evaluation:
    """Predicts every image of the run's test data with its last checkpoint; arguments as of ``make_report``.

    Raises FileNotFoundError without checkpoint or data, and the errors of ``find_images`` and ``EntMinInferencer``.
    """
    if run.checkpoint is None:
        raise FileNotFoundError(f"'{run.path}' has no checkpoint")
    config = Config(run.config._cfg_dict.to_dict(), filename=run.config.filename)
    if data_root is not None:
        redirect_data_root(config, data_root)
    import_modules_from_strings(**(config.get('custom_imports') or dict(imports=[])))
    infos = find_images(config)
    config.test_dataloader.dataset = plain_dataset(config)  # the inferencer looks into no wrapper
    inferencer = EntMinInferencer(config, run.checkpoint, device)
    evaluation = Evaluation(
        run, inferencer, {name: info['img_path'] for name, (_, info) in infos.items()},
        lambda name: read_truth(*infos[name]), entropy=ErrorHistogram(0., np.log(len(inferencer.classes)), 1000),
        variance=ErrorHistogram(-12., 6., 1800) if inferencer.has_variance else None)
    if boundaries is not None:
        evaluation.boundaries = BoundaryMetric(boundaries, ignore_index=IGNORE_INDEX)
        evaluation.boundaries.dataset_meta = dict(classes=inferencer.classes)
    images = progress(evaluation.images.values(), len(evaluation.images))
    for name, prediction in zip(evaluation.images, inferencer(images)):
        evaluation.add(name, prediction)
    return evaluation
