# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .class_iou_metric import ClassIoUMetric

__all__ = ['ClassIoUMetric']
