#!/usr/bin/env bash
# Five libraries, up to four values of one mIoU where a class is absent, or only under ignored pixels.
#
# onedl-mmsegmentation 1.4.2, torchmetrics 1.9.0, segmentation-models-pytorch 0.6.0, MONAI 1.6.1, scikit-learn 1.9.1,
# with torch 2.11.0; 2026-11-30.
# One would guess: "mIoU over 3 classes, 255 ignored" is one number.
# What happens: a class that is neither in the truth nor predicted is left out (mmseg, torchmetrics, scikit-learn's default,
# MONAI's default), counts as 1 (smp's macro mean, MONAI with ignore_empty=False), or as 0 (mmseg with nan_to_num=0, smp and
# scikit-learn with zero_division=0). One that is absent and predicted counts as 0 in all but MONAI's default, which leaves
# it out, so that a wrong prediction costs nothing. torchmetrics' mean_iou has no ignore_index; filling ignored pixels
# with class 0 costs.
# Who is hurt: whoever compares a score with one of another library.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.11.0 torchvision==0.26.0 torchmetrics==1.9.0 segmentation-models-pytorch==0.6.0 \
	monai==1.6.1 scikit-learn==1.9.1 onedl-mmsegmentation==1.4.2 onedl-mmcv==2.3.6 onedl-mmengine==0.10.12
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io

import numpy as np
import segmentation_models_pytorch as smp
import torch
from monai.metrics import MeanIoU
from monai.networks.utils import one_hot
from sklearn.metrics import jaccard_score
from torchmetrics.functional.classification import multiclass_jaccard_index
from torchmetrics.functional.segmentation import mean_iou

with contextlib.redirect_stdout(io.StringIO()):
    from mmseg.evaluation import IoUMetric

TRUTH = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 1]])
IGNORED = torch.tensor([[0, 0, 255, 255], [0, 0, 255, 255]])
CASES = {
    'absent': (TRUTH, torch.tensor([[0, 0, 1, 1], [0, 0, 1, 0]])),
    'absent and predicted': (TRUTH, torch.tensor([[0, 0, 1, 1], [0, 0, 1, 2]])),
    'under ignored pixels': (IGNORED, torch.tensor([[0, 0, 1, 1], [0, 2, 1, 1]])),
}


def scores(truth, predicted):
    valid = truth != 255
    areas = IoUMetric.intersect_and_union(predicted, truth, 3, 255)
    for fill in (None, 0):
        iou = IoUMetric.total_area_to_metrics(*areas, metrics=['mIoU'], nan_to_num=fill)['IoU']
        yield f'mmseg nan_to_num={fill}', float(np.nanmean(iou))
    yield 'sklearn', jaccard_score(truth[valid], predicted[valid], average='macro')
    yield 'sklearn labels, zero_division=0', jaccard_score(
        truth[valid], predicted[valid], average='macro', labels=[0, 1, 2], zero_division=0)
    yield 'torchmetrics jaccard', float(multiclass_jaccard_index(predicted[None], truth[None], 3, ignore_index=255))
    filled = torch.where(valid, truth, 0)
    yield 'torchmetrics mean_iou, filled', float(mean_iou(predicted[None], filled[None], 3, input_format='index').mean())
    counts = smp.metrics.get_stats(predicted[None], torch.where(valid, truth, -1)[None], mode='multiclass',
                                   num_classes=3, ignore_index=-1)
    yield 'smp macro', float(smp.metrics.iou_score(*counts, reduction='macro'))
    yield 'smp macro, zero_division=0', float(smp.metrics.iou_score(*counts, reduction='macro', zero_division=0))
    yield 'smp micro', float(smp.metrics.iou_score(*counts, reduction='micro'))
    maps = [one_hot(labels[None, None], 3) * valid for labels in (predicted, filled)]
    for ignore in (True, False):
        metric = MeanIoU(ignore_empty=ignore)
        metric(*maps)
        yield f'MONAI ignore_empty={ignore}', float(metric.aggregate())


found = {case: {name: round(value, 3) for name, value in scores(*maps)} for case, maps in CASES.items()}
for case, values in found.items():
    print(case, values)
EXPECTED = {
    'absent': [0.775, 0.517, 0.775, 0.517, 0.775, 0.775, 0.85, 0.517, 0.778, 0.775, 0.85],
    'absent and predicted': [0.583, 0.583, 0.583, 0.583, 0.583, 0.583, 0.583, 0.583, 0.778, 0.875, 0.583],
    'under ignored pixels': [0.375, 0.25, 0.375, 0.25, 0.375, 0.125, 0.583, 0.25, 0.6, 0.75, 0.583],
}
assert {case: list(values.values()) for case, values in found.items()} == EXPECTED
PYTHON
