# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .batches import check_batches
from .build_error import explain
from .components import check_components
from .keys import check_keys

__all__ = ['check_batches', 'check_components', 'check_keys', 'explain']
