# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Test images with their predictions, kept for pictures."""
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.hooks import Hook
from torch import Tensor

from mmseg_entmin.evaluation import ExactIoUMetric

from .outcomes import IGNORE_INDEX

PLACES = {'worst': 0., '25 %': 0.25, 'median': 0.5, '75 %': 0.75, 'best': 1.}  # in the order by gain


@dataclass
class Case:
    """One test image and its prediction."""

    image: np.ndarray  # RGB, uint8, (H, W, 3), as the test pipeline gives it
    truth: np.ndarray  # labels, uint8, (H, W); 255 is ignored
    prediction: np.ndarray  # labels, uint8, (H, W)
    entropy: np.ndarray  # of the softmax of the mean logits, (H, W), 0..log(classes), in nats
    miou: float  # of this image alone, 0..100; NaN if all of its pixels are ignored


class CollectCases(Hook):
    """Fills ``cases`` with one ``Case`` for each image of a test run, by ``image_name``."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}

    def before_test(self, runner) -> None:
        self.cases.clear()

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        for image, sample in zip(data_batch['inputs'], outputs):
            truth, prediction = (labels.data[0].cpu() for labels in (sample.gt_sem_seg, sample.pred_sem_seg))
            log_probs = sample.seg_logits.data.cpu().log_softmax(dim=0)
            self.cases[image_name(sample.img_path, self.cases)] = Case(
                image=image.permute(1, 2, 0).numpy()[..., ::-1],  # mmcv reads BGR
                truth=truth.numpy().astype(np.uint8),
                prediction=prediction.numpy().astype(np.uint8),
                entropy=torch.special.entr(log_probs.exp()).sum(dim=0).numpy(),
                miou=image_miou(prediction, truth, len(log_probs)))


def image_name(path: str, taken: Container[str]) -> str:
    """The stem of the path, or the whole path if the stem is taken."""
    stem = Path(path).stem
    return path if stem in taken else stem


def images_by_gain(gains: dict[str, float]) -> dict[str, str]:
    """The names of the images to show, by place, from the gain of a method on each image; NaN is left out."""
    order = sorted((name for name, gain in gains.items() if not np.isnan(gain)), key=gains.get)
    return {place: order[round(share * (len(order) - 1))] for place, share in PLACES.items() if order}


def image_miou(prediction: Tensor, truth: Tensor, num_classes: int) -> float:
    """Mean IoU, 0..100, of two label maps (H, W) over the classes in at least one of them; NaN if no pixel counts."""
    if not (truth != IGNORE_INDEX).any():  # numpy would warn of an empty mean
        return float('nan')
    areas = ExactIoUMetric.intersect_and_union(prediction, truth, num_classes, IGNORE_INDEX)
    return 100 * float(np.nanmean(ExactIoUMetric.total_area_to_metrics(*areas, metrics='mIoU')['IoU']))
