# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from . import hooks
from .runner import ResumableRunner

__all__ = ['ResumableRunner', 'hooks']
