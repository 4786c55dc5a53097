# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .uncertainty_cls_head import UncertaintyClsHead

__all__ = ['UncertaintyClsHead']
