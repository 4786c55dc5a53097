# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from . import hooks, optimizers
from .runner import ResumableRunner

__all__ = ['ResumableRunner', 'hooks', 'optimizers']
