# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Both forms of each loss under one signature: the definition, a pure function, and what training runs."""
import pytest
from torch import Tensor

from mmseg_entmin.models.losses import (
    AdaptiveSharpeningLoss,
    ClassConsistencyLoss,
    EntropyLoss,
    FeatureGradientLoss,
    SemiPredictions,
    adaptive_sharpening_loss,
    class_consistency_loss,
    entropy_loss,
    feature_gradient_loss,
)


def predictions(seg_mean=None, seg_var=None, cls_mean=None, features=(), valid=None, activation='softmax'):
    return SemiPredictions(features, [], (seg_mean, seg_var), cls_mean, None, activation, valid)


def fused_sharpening(seg_mean, seg_var=None, temperature=None, min_temperature=0.01, valid=None) -> Tensor:
    return AdaptiveSharpeningLoss(temperature, min_temperature)(predictions(seg_mean, seg_var, valid=valid))


def fused_consistency(seg_mean, cls_mean, threshold=None, activation='softmax', detach_classification=False,
                      valid=None) -> Tensor:
    return ClassConsistencyLoss(threshold, detach_classification)(
        predictions(seg_mean, cls_mean=cls_mean, valid=valid, activation=activation))


def fused_entropy(seg_mean, normalize=True, valid=None) -> Tensor:
    return EntropyLoss(normalize)(predictions(seg_mean, valid=valid))


def fused_feature_gradient(features, accumulate='exclusive', valid=None) -> Tensor:
    return FeatureGradientLoss(accumulate)(predictions(features=features, valid=valid))


FORMS = dict(
    sharpening=(adaptive_sharpening_loss, fused_sharpening),
    consistency=(class_consistency_loss, fused_consistency),
    entropy=(entropy_loss, fused_entropy),
    feature_gradient=(feature_gradient_loss, fused_feature_gradient))


def both_forms(name: str):
    """Run a test with each form of a loss as its argument ``loss``."""
    return pytest.mark.parametrize('loss', FORMS[name], ids=['plain', 'fused'])
