# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Dice, F1 within a tolerance and HD95 by class: what mIoU does not show of thin and small objects."""
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from prettytable import PrettyTable

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import METRICS

from .boundaries import Agreement, agreement

NAMES = dict(dice='ImageDice', tolerant_f1='TolerantF1', boundary_f1='BoundaryF1', hausdorff='HD95')


@METRICS.register_module()
class BoundaryMetric(BaseMetric):
    """``agreement`` of prediction and truth for each class, mean over the images, at original size.

    - ``ImageDice``, in percent: Dice of each image, as in medical imaging; mmseg's ``mDice`` and ``mFscore`` count the
      pixels of all images together.
    - ``TolerantF1``, in percent: F1 of the pixels within the tolerance, for classes of thin lines.
    - ``BoundaryF1``, in percent: the same of the boundary pixels (Csurka et al., BMVC 2013).
    - ``HD95``, in pixels, lower is better: the 95th percentile of the Hausdorff distance, ``HD`` with the percentile's
      number for another one.

    An image counts for a class that it shows or that is predicted in it; where only one of both holds, the scores are
    0 and the distance is the image's diagonal. A class that no image has is NaN. ``m`` before a name is the mean over
    the classes that are not NaN. Pixels with ``ignore_index`` belong to no class, in the truth and in the prediction.

    Args:
        tolerance: in pixels, >= 0. Default 2.
        percentile: of the distances, in 0..100. Default 95.
        ignore_index: label of the pixels that do not count. Default 255.
        collect_device: 'cpu' (default) or 'gpu', where the results of the ranks are collected.
        prefix: of the names in the results. Default: none.
    """

    def __init__(self, tolerance: float = 2., percentile: float = 95., ignore_index: int = 255,
                 collect_device: str = 'cpu', prefix=None, **kwargs) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, **kwargs)
        if tolerance < 0:
            raise OptionError('BoundaryMetric', 'tolerance', tolerance, 'must not be negative')
        if not 0 <= percentile <= 100:
            raise OptionError('BoundaryMetric', 'percentile', percentile, 'must be in 0..100')
        self.tolerance, self.percentile, self.ignore_index = tolerance, percentile, ignore_index

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Adds each image; a sample holds ``pred_sem_seg`` and ``gt_sem_seg``, each (1, H, W)."""
        for sample in data_samples:
            predicted, truth = (sample[key]['data'].squeeze(0).cpu().numpy() for key in ('pred_sem_seg', 'gt_sem_seg'))
            self.results.append(self.image(predicted, truth))

    def image(self, predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """``agreement`` of each class for label maps (H, W), as an array (C, 4)."""
        known = truth != self.ignore_index
        return np.array([agreement((predicted == label) & known, truth == label, self.tolerance, self.percentile)
                         for label in range(len(self.dataset_meta['classes']))])

    def compute_metrics(self, results: list[np.ndarray]) -> dict[str, float]:
        """Means over the classes, then each class; the log has a table of the classes."""
        by_class = class_means(results)
        metrics, table = {}, PrettyTable()
        table.add_column('Class', list(self.dataset_meta['classes']), align='l')
        for place, field in enumerate(Agreement._fields):
            name = f'HD{self.percentile:g}' if field == 'hausdorff' else NAMES[field]
            values = by_class[:, place] * (1 if field == 'hausdorff' else 100)
            table.add_column(name, [f'{value:.2f}' for value in values], align='r')
            counted = values[~np.isnan(values)]
            metrics[f'm{name}'] = round(float(counted.mean()), 2) if len(counted) else float('nan')
            metrics.update({f'{name}.{label}': round(float(value), 2)
                            for label, value in zip(self.dataset_meta['classes'], values)})
        print_log(f'mean over images, within {self.tolerance:g} pixels:\n{table}', logger='current')
        return dict(sorted(metrics.items(), key=lambda item: not item[0].startswith('m')))


def class_means(results: Sequence[np.ndarray]) -> np.ndarray:
    """Mean over the images that are not NaN, (C, 4), of arrays (C, 4)."""
    stacked = np.stack(results)
    counts = (~np.isnan(stacked)).sum(axis=0)
    return np.where(counts, np.nansum(stacked, axis=0) / np.maximum(counts, 1), np.nan)
