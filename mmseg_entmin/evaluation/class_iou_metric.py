# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""mmseg's metrics, and the IoU of each class among them."""

from mmseg.evaluation import IoUMetric

from mmseg_entmin.registry import METRICS


@METRICS.register_module()
class ClassIoUMetric(IoUMetric):
    """mmseg's ``IoUMetric`` that returns what it otherwise only prints: ``IoU.<class>`` in percent, for every class.

    Takes the options of ``IoUMetric``; with ``format_only`` there are no metrics. A class that is neither in the masks
    nor predicted is NaN, or ``nan_to_num``.
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
