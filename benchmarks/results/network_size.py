# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Size of a run's network."""
import functools

import torch
from mmengine.analysis import FlopAnalyzer
from mmengine.registry import DefaultScope
from torch import Tensor, nn

from benchmarks.results.run_configs import load
from mmseg_entmin.registry import MODELS


class TrainingForward(nn.Module):
    """The network as a training step runs it on one image, with variance and classification if it has them."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor):
        if not hasattr(self.model, 'forward_predictions'):
            return self.model._forward(image)
        predictions = self.model.forward_predictions(image)
        return predictions.seg_mean, predictions.seg_var, predictions.cls_mean, predictions.cls_var


@functools.lru_cache
def size(run: str) -> dict[str, int]:
    """``parameters`` that are trained, and ``multiply_adds`` of a training forward pass of one training image."""
    cfg = load(run)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model).eval()
    image = torch.zeros(1, 3, *cfg.get('crop_size', (64, 64)))  # the generated cells come as they are, 64 x 64
    flops = FlopAnalyzer(TrainingForward(model), (image, ))
    flops.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return dict(
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad), multiply_adds=int(flops.total()))
