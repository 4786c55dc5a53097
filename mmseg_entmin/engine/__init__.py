# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from . import hooks, optimizers

__all__ = ['hooks', 'optimizers']
