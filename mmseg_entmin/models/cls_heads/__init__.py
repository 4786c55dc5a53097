# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .mlmt_classifier import MLMTClassifier
from .uncertainty_cls_head import UncertaintyClsHead

__all__ = ['MLMTClassifier', 'UncertaintyClsHead']
