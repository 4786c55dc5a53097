# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .classmix_preprocessor import ClassMixPreProcessor

__all__ = ['ClassMixPreProcessor']
