# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Own optimizers for some submodules, on top of a config with one optimizer."""
import copy

from mmengine.model import is_model_wrapper
from mmengine.optim import build_optim_wrapper
from torch import nn

from mmseg_entmin.registry import OPTIM_WRAPPER_CONSTRUCTORS

from .joint_optim_wrapper import JointOptimWrapper

MAIN = 'segmentor'


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class SubmoduleOptimWrapperConstructor:
    """Adds optimizers of submodules to the optimizer of a config, which keeps all other parameters::

        optim_wrapper = dict(  # on top of type, optimizer, paramwise_cfg of the base config
            constructor='SubmoduleOptimWrapperConstructor',
            submodules=dict(discriminator=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99)))))

    ``submodules`` has configs by the name of a child module. A submodule's wrapper has the type and the options of the
    main one (mixed precision, clipping) unless its entry sets them; ``paramwise_cfg`` is of the main one alone.
    ``param_scheduler`` is a list, which acts on each optimizer's own rate, or a dict of lists by name, with 'segmentor'
    for the main one.
    """

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None) -> None:
        self.cfg = copy.deepcopy(dict(optim_wrapper_cfg))
        self.submodules = self.cfg.pop('submodules', None)
        self.paramwise_cfg = paramwise_cfg
        if not self.submodules:
            raise ValueError('SubmoduleOptimWrapperConstructor: optim_wrapper.submodules is missing; give a config by '
                             "the name of a submodule, as in submodules=dict(discriminator=dict(optimizer=...))")

    def __call__(self, model: nn.Module) -> JointOptimWrapper:
        model = model.module if is_model_wrapper(model) else model
        children = dict(model.named_children())
        unknown = [name for name in self.submodules if name not in children]
        if unknown:
            raise ValueError(f'optim_wrapper.submodules: {type(model).__name__} has no submodule {", ".join(unknown)}; '
                             f'it has {", ".join(children)}')
        rest = copy.copy(model)  # the same parameters under the same names, without the submodules
        rest._modules = {name: child for name, child in children.items() if name not in self.submodules}
        shared = {key: value for key, value in self.cfg.items() if key != 'optimizer'}
        wrappers = {MAIN: build_optim_wrapper(rest, dict(self.cfg, paramwise_cfg=self.paramwise_cfg))}
        for name, cfg in self.submodules.items():
            wrappers[name] = build_optim_wrapper(children[name], {**shared, **cfg})
        return JointOptimWrapper(**wrappers)
