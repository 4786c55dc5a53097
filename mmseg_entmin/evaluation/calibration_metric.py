# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Calibration of the predicted probabilities."""
from collections.abc import Sequence

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import METRICS

MIN_PROBABILITY = 1e-12


@METRICS.register_module()
class CalibrationMetric(BaseMetric):
    """Calibration of the softmax of ``seg_logits`` over all test pixels that are not ignored, at original size.

    - ``ECE``, expected calibration error, 0..1: |accuracy - mean confidence|, averaged over equal-width bins of the
      confidence (the largest probability), weighted by their pixels (Guo et al., On Calibration of Modern Neural
      Networks, ICML 2017).
    - ``NLL``, mean negative log-likelihood of the true class, in nats. Probabilities are clamped at 1e-12, so that a
      class that refinement ruled out does not make it infinite.
    - ``Brier``, mean over the pixels of the sum over the classes of (p - y)^2, 0..2 (Brier 1950).

    Lower is better. It does not work with test-time augmentation, whose samples hold the logits of only one view.

    Args:
        num_bins: number of bins, >= 1. Default 15.
        ignore_index: label of the pixels that do not count. Default 255.
        collect_device: 'cpu' (default) or 'gpu', where the results of the ranks are collected.
        prefix: of the names in the results. Default: none.

    Raises:
        ValueError: less than one bin; logits of another size than the mask; a label that is no class.
    """

    def __init__(self, num_bins: int = 15, ignore_index: int = 255, collect_device: str = 'cpu', prefix=None,
                 **kwargs) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, **kwargs)
        if num_bins < 1:
            raise OptionError('CalibrationMetric', 'num_bins', num_bins, 'must be at least 1')
        self.num_bins, self.ignore_index = num_bins, ignore_index

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Adds the sums of each image; a sample holds ``seg_logits`` (C, H, W) and ``gt_sem_seg`` (1, H, W)."""
        for sample in data_samples:
            logits, truth = sample['seg_logits']['data'], sample['gt_sem_seg']['data'].squeeze(0)
            if logits.shape[1:] != truth.shape or len(logits) < 2:
                raise ValueError(
                    f"{sample.get('img_path', 'image')}: logits of shape {tuple(logits.shape)} for a mask of "
                    f'{tuple(truth.shape)}; CalibrationMetric needs a channel for each class, and LoadAnnotations '
                    'after Resize in the test pipeline')
            self.results.append(self.sums(logits, truth.to(logits.device)))

    def sums(self, logits: Tensor, truth: Tensor) -> np.ndarray:
        """Sums over the pixels of one image: confidence and correct pixels by bin, NLL, Brier score, pixels."""
        known = truth != self.ignore_index
        truth = truth[known].long()
        if len(truth) and not 0 <= truth.min() <= truth.max() < len(logits):
            raise ValueError(f'CalibrationMetric: labels {int(truth.min())}..{int(truth.max())} for {len(logits)} '
                             'classes; convert the masks, or set reduce_zero_label')
        # float32 on the device, float64 for sums: there may be 1e9 pixels
        probs = logits[:, known].float().softmax(dim=0)
        confidence, label = probs.max(dim=0)
        bins = (confidence * self.num_bins).long().clamp(max=self.num_bins - 1)
        true_prob = probs.gather(0, truth[None])[0]
        brier = probs.square().sum(dim=0) - 2 * true_prob + 1
        nll = -true_prob.clamp(min=MIN_PROBABILITY).log()
        by_bin = [torch.zeros(self.num_bins, dtype=torch.float64, device=logits.device).index_add_(0, bins, x.double())
                  for x in (confidence, label == truth)]
        totals = torch.stack([nll.double().sum(), brier.double().sum(), known.double().sum()])
        return torch.cat([*by_bin, totals]).cpu().numpy()

    def compute_metrics(self, results: list[np.ndarray]) -> dict[str, float]:
        """ECE, NLL and Brier score of all images together; NaN if no pixel counts."""
        total = np.sum(results, axis=0)
        confidence, right = total[:self.num_bins], total[self.num_bins:2 * self.num_bins]
        nll, brier, count = total[-3:]
        with np.errstate(invalid='ignore'):
            ece = np.abs(confidence - right).sum() / count
            return dict(ECE=float(ece), NLL=float(nll / count), Brier=float(brier / count))
