# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .albu import albu_warnings
from .build_error import explain
from .check_config import check_config, config_problems, optimizer_key_warnings, refuse_weights
from .losses import refuse_losses
from .schedules import schedule_warnings
from .together import copy_warnings
from .unexpected import unexpected

__all__ = ['albu_warnings', 'check_config', 'config_problems', 'copy_warnings', 'explain',
           'optimizer_key_warnings', 'refuse_losses', 'refuse_weights', 'schedule_warnings', 'unexpected']
