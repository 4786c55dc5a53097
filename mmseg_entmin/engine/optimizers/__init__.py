# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .cpu_amp_optim_wrapper import CPUAmpOptimWrapper

__all__ = ['CPUAmpOptimWrapper']
