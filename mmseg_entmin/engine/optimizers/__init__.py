# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .joint_optim_wrapper import JointOptimWrapper
from .submodule_optim_wrapper_constructor import SubmoduleOptimWrapperConstructor

__all__ = ['JointOptimWrapper', 'SubmoduleOptimWrapperConstructor']
