# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .page import Report, make_report

__all__ = ['Report', 'make_report']
