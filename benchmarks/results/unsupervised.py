# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a trained network says about images without masks, to choose settings by: entropy, agreement, class shares.

A setting for the images of another laboratory may not be chosen by their masks. A low entropy alone is none to choose
by: it is lowest where everything is one class, which the shares of the classes show.
"""
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope
from mmengine.runner import load_checkpoint
from mmseg.registry import DATASETS, MODELS
from torch import Tensor

from mmseg_entmin.config.unlabeled_dataset import without_annotations

FLIPS = (lambda x: x.flip(-1), lambda x: x.flip(-2), lambda x: x.transpose(-1, -2))  # each is its own inverse


def criteria(cfg: Config, checkpoint: Path, images: dict) -> dict[str, float]:
    """Criteria of a run on unlabeled images, in percent, as columns of its record.

    Args:
        cfg: config of the run.
        checkpoint: its last checkpoint.
        images: keys of their dataset, in place of those of the validation images.
    """
    dataset = {**cfg.val_dataloader.dataset, **images}
    dataset.update(data_prefix=dict(img_path=dataset['data_prefix']['img_path']),
                   pipeline=without_annotations(dataset['pipeline']))
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model).eval()
        load_checkpoint(model, str(checkpoint), map_location='cpu', strict=True, logger='silent')
        samples = DATASETS.build(dataset)
        batch = model.data_preprocessor(pseudo_collate([samples[place] for place in range(len(samples))]), False)
    metas = [sample.metainfo for sample in batch['data_samples']]

    def probabilities(inputs: Tensor) -> Tensor:
        return model.encode_decode(inputs, metas).softmax(dim=1)

    flips = FLIPS[:1] if dataset['type'] == 'CamVidDataset' else FLIPS  # a street has an above and a below
    with torch.no_grad():
        return scores(probabilities, batch['inputs'], samples.metainfo['classes'], flips)


def scores(probabilities: Callable[[Tensor], Tensor], inputs: Tensor, classes: Sequence[str],
           flips: Sequence[Callable[[Tensor], Tensor]] = FLIPS) -> dict[str, float]:
    """Mean entropy of the prediction, its agreement (mIoU) with that of mirrored images, and the share of each class.

    Args:
        probabilities: from images (N, K, H, W) to probabilities (N, C, H, W).
        inputs: images; H = W, or without the transposition.
        classes: names of the C classes.
        flips: how the images are mirrored.
    """
    plain = probabilities(inputs)
    labels = plain.argmax(dim=1)
    entropy = -torch.xlogy(plain, plain).sum(dim=1).mean() / math.log(len(classes))
    agreement = sum(mean_iou(flip(probabilities(flip(inputs))).argmax(dim=1), labels, len(classes)) for flip in flips)
    return {
        'target.entropy': percent(entropy), 'target.agreement': percent(agreement / len(flips)),
        **{f'target.share.{name}': percent((labels == place).float().mean()) for place, name in enumerate(classes)}}


def mean_iou(labels: Tensor, others: Tensor, num_classes: int) -> Tensor:
    """mIoU of two predictions; a class that neither has does not count."""
    ious = torch.stack([((labels == c) & (others == c)).sum() / ((labels == c) | (others == c)).sum()
                        for c in range(num_classes)])
    return ious.nanmean()


def percent(value: Tensor) -> float:
    return round(float(value) * 100, 2)
