# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Exporting a trained network; not imported with the package, for only ``entmin export`` needs it."""
from .deploy_network import DeployNetwork
from .difference import TOLERANCE, largest_differences, random_batches
from .formats import FORMATS, ONNX_PACKAGES, trace

__all__ = ['DeployNetwork', 'FORMATS', 'ONNX_PACKAGES', 'TOLERANCE', 'largest_differences', 'random_batches', 'trace']
