# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""mmseg's metrics from exact counts, and with the IoU of each class."""
from collections.abc import Sequence

import numpy as np
import torch
from mmengine.logging import print_log
from mmseg.evaluation import IoUMetric
from torch import Tensor

from mmseg_entmin.registry import METRICS

from .never_predicted import NeverPredicted


@METRICS.register_module()
class ExactIoUMetric(IoUMetric):
    """mmseg's ``IoUMetric`` with exact integer counts for any size of images and number of threads.

    mmseg (onedl-mmsegmentation 1.4.2, mmsegmentation 1.2.2) counts in float32, where the count of a class stops at
    16,777,216 pixels. It leaves a class that is never predicted out of mFscore, so that the mean rises; here its
    F-score is 0, as its Dice is. All else is the same, but for a line in the log for classes that are never predicted.
    The commands use this metric in place of ``IoUMetric``.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.never_predicted = NeverPredicted()

    @staticmethod
    def intersect_and_union(pred_label: Tensor, label: Tensor, num_classes: int,
                            ignore_index: int) -> tuple[Tensor, ...]:
        """Pixels of each class in the intersection, the union, the prediction and the labels, each (C, ), int64.

        Pixels (H, W) with label ``ignore_index`` do not count; those with another label that is no class count only for
        the prediction.
        """
        valid = label != ignore_index
        pred_label, label = pred_label[valid], label[valid]

        def count(labels: Tensor) -> Tensor:
            labels = labels[(labels >= 0) & (labels < num_classes)]
            return torch.bincount(labels.long(), minlength=num_classes).cpu()

        intersect, predicted, true = count(pred_label[pred_label == label]), count(pred_label), count(label)
        return intersect, predicted + true - intersect, predicted, true

    @staticmethod
    def total_area_to_metrics(total_area_intersect: Tensor, total_area_union: Tensor, total_area_pred_label: Tensor,
                              total_area_label: Tensor, metrics: Sequence[str] = ('mIoU', ),
                              nan_to_num: float | None = None, beta: float = 1) -> dict:
        """mmseg's scores of each class; the F-score is (1 + b^2) TP / (b^2 (TP + FN) + TP + FP)."""
        areas = total_area_intersect, total_area_union, total_area_pred_label, total_area_label
        found = IoUMetric.total_area_to_metrics(*areas, metrics, nan_to_num, beta)
        if 'Fscore' in found:
            score = ((1 + beta**2) * areas[0] / (beta**2 * areas[3] + areas[2])).numpy()
            found['Fscore'] = score if nan_to_num is None else np.nan_to_num(score, nan=nan_to_num)
        return found

    def compute_metrics(self, results: list) -> dict[str, float]:
        metrics = super().compute_metrics(results)
        if results and not self.format_only:
            union, predicted, true = (sum(areas[place] for areas in results) for place in (1, 2, 3))
            absent = [name for name, area in zip(self.dataset_meta['classes'], union) if area == 0]
            if absent:
                how = 'do not count' if self.nan_to_num is None else f'count as {self.nan_to_num}'
                print_log(f'{len(absent)} of {len(union)} classes are neither in the masks nor predicted and {how} in '
                          f"the means: {', '.join(absent[:5])}{', ...' if len(absent) > 5 else ''}", logger='current')
            self.never_predicted.note(self.dataset_meta['classes'], predicted, true)
        return metrics


@METRICS.register_module()
class ClassIoUMetric(ExactIoUMetric):
    """``ExactIoUMetric`` that also returns ``IoU.<class>`` in percent for every class, which mmseg only prints.

    It takes the options of ``IoUMetric``. A class that is neither in the masks nor predicted is NaN, or ``nan_to_num``.
    """

    def compute_metrics(self, results: list) -> dict[str, float]:
        metrics = super().compute_metrics(results)
        if self.format_only:
            return metrics
        areas = (sum(parts) for parts in zip(*results))
        per_class = self.total_area_to_metrics(*areas, metrics=['mIoU'], nan_to_num=self.nan_to_num)['IoU']
        for name, iou in zip(self.dataset_meta['classes'], per_class):
            metrics[f'IoU.{name}'] = round(float(iou) * 100, 2)
        return metrics
