# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .boundary_metric import BoundaryMetric
from .calibration_metric import CalibrationMetric
from .class_iou_metric import ClassIoUMetric, ExactIoUMetric

__all__ = ['BoundaryMetric', 'CalibrationMetric', 'ClassIoUMetric', 'ExactIoUMetric']
