# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .inferencer import EntMinInferencer, UnreadableImage
from .prediction import Prediction

__all__ = ['EntMinInferencer', 'Prediction', 'UnreadableImage']
