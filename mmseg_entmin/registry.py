# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The registries of this package: mmseg's own.

Registering into mmseg's registries (``default_scope='mmseg'``) lets every component be used from any mmseg config and
by mmseg's stock tools, next to mmseg's components and without a scope prefix.
"""
from mmseg.registry import (
    DATA_SAMPLERS,
    DATASETS,
    HOOKS,
    METRICS,
    MODELS,
    OPTIM_WRAPPER_CONSTRUCTORS,
    OPTIM_WRAPPERS,
    TRANSFORMS,
)

__all__ = [
    'DATASETS', 'DATA_SAMPLERS', 'HOOKS', 'METRICS', 'MODELS', 'OPTIM_WRAPPERS', 'OPTIM_WRAPPER_CONSTRUCTORS',
    'TRANSFORMS'
]
