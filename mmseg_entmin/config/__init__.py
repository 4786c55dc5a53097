# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .overlay import semi_supervised, with_unlabeled

__all__ = ['semi_supervised', 'with_unlabeled']
