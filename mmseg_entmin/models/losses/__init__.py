# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .adaptive_sharpening_loss import AdaptiveSharpeningLoss, adaptive_sharpening_loss, adaptive_temperature
from .class_consistency_loss import ClassConsistencyLoss, class_consistency_loss
from .class_dice_loss import ClassDiceLoss
from .entropy_loss import EntropyLoss, entropy_loss
from .feature_gradient_loss import FeatureGradientLoss, feature_gradient_loss, gradient_map
from .predictions import SemiPredictions
from .supervised_loss import classification_loss, segmentation_loss
from .unsupervised_loss import UnsupervisedLoss

__all__ = [
    'AdaptiveSharpeningLoss', 'ClassConsistencyLoss', 'ClassDiceLoss', 'EntropyLoss', 'FeatureGradientLoss',
    'SemiPredictions', 'UnsupervisedLoss', 'adaptive_sharpening_loss', 'adaptive_temperature', 'class_consistency_loss',
    'classification_loss', 'entropy_loss', 'feature_gradient_loss', 'gradient_map', 'segmentation_loss']
