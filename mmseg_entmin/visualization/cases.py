# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a network predicts for each test image, kept for a picture."""
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.hooks import Hook
from torch import Tensor

from mmseg_entmin.evaluation import ExactIoUMetric

PLACES = {'worst': 0., '25 %': 0.25, 'median': 0.5, '75 %': 0.75, 'best': 1.}  # in the order by gain


@dataclass
class Case:
    """One test image and its prediction.

    Attributes:
        image: RGB, uint8, (H, W, 3), as the test pipeline gives it.
        truth: labels, uint8, (H, W); 255 where there is none.
        prediction: labels, uint8, (H, W).
        entropy: of the softmax of the mean logits, (H, W), 0 .. log(classes), in nats.
        miou: of this image alone, 0 .. 100; NaN if all of it is void.
    """

    image: np.ndarray
    truth: np.ndarray
    prediction: np.ndarray
    entropy: np.ndarray
    miou: float


class CollectCases(Hook):
    """Fills ``cases`` with one :class:`Case` for each image of a test run, by :func:`image_name`."""

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
    """What an image is called: the stem of its path, or the whole path where another image is called so already."""
    stem = Path(path).stem
    return path if stem in taken else stem


def images_by_gain(gains: dict[str, float]) -> dict[str, str]:
    """The names of the images to show, by their place: a rule, so that none is picked by hand.

    Images whose gain is NaN, those that are void all over, are left out; empty if there is no other.

    Args:
        gains: what a method gains on each image, by the name of the image, in any unit.
    """
    order = sorted((name for name, gain in gains.items() if not np.isnan(gain)), key=gains.get)
    return {place: order[round(share * (len(order) - 1))] for place, share in PLACES.items() if order}


def image_miou(prediction: Tensor, truth: Tensor, num_classes: int) -> float:
    """Mean IoU, 0 .. 100, of two label maps (H, W), over the classes that one of them has; NaN if the truth is void."""
    if not (truth != 255).any():  # of which numpy would warn
        return float('nan')
    areas = ExactIoUMetric.intersect_and_union(prediction, truth, num_classes, ignore_index=255)
    return 100 * float(np.nanmean(ExactIoUMetric.total_area_to_metrics(*areas, metrics='mIoU')['IoU']))
