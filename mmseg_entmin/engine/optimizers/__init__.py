# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .cpu_amp_optim_wrapper import CPUAmpOptimWrapper
from .joint_optim_wrapper import JointOptimWrapper
from .submodule_optim_wrapper_constructor import SubmoduleOptimWrapperConstructor

__all__ = ['CPUAmpOptimWrapper', 'JointOptimWrapper', 'SubmoduleOptimWrapperConstructor']
