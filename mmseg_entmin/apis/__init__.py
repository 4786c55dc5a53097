# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .inferencer import EntMinInferencer
from .prediction import Prediction
from .reading import UnreadableImage

__all__ = ['EntMinInferencer', 'Prediction', 'UnreadableImage']
