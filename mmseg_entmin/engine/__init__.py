# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from . import hooks

__all__ = ['hooks']
