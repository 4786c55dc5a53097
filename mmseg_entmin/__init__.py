# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Semi-supervised semantic segmentation by entropy minimization, as an MMSegmentation extension.

Importing it registers its components into mmseg's, in a config by ``custom_imports = dict(imports=['mmseg_entmin'])``.
"""
import contextlib
import io
import sys
import warnings
from typing import Any

import numpy as np
import torch
from mmengine.config.lazy import LazyAttr, LazyObject
from mmengine.config.utils import MODULE2PACKAGE

# For ``_base_ = 'mmseg::...'``: MMEngine knows the distribution 'mmsegmentation' alone, and the maintained mmseg has
# another name.
MODULE2PACKAGE.update(mmseg='mmseg', mmseg_entmin='mmseg_entmin')


def _call(lazy: LazyObject | LazyAttr, *args, **options) -> Any:
    """Calls an import of a config with ``read_base``; MMEngine refuses all calls, this only those of other packages."""
    if not lazy.module.startswith(f'{__name__}.config'):
        raise RuntimeError(f'{lazy.module}.{lazy} cannot be called in a config with read_base; give a dict with a type')
    return lazy.build()(*args, **options)


LazyObject.__call__ = LazyAttr.__call__ = _call

# IoUMetric leaves numpy float32 scalars in MMEngine's message hub, hence in checkpoints: safe loading must read them.
torch.serialization.add_safe_globals([np.dtypes.Float32DType])

with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
    # mmseg prints and warns about optional parts (mmcv ops, a vendor's SDK) that this package does not use
    warnings.simplefilter('ignore')
    import mmseg.datasets
    import mmseg.models  # noqa: F401

from . import _moved, datasets, engine, evaluation, models, visualization  # noqa: E402
from .version import __version__  # noqa: E402

sys.meta_path.append(_moved.MovedFinder())

__all__ = ['__version__', 'datasets', 'engine', 'evaluation', 'models', 'visualization']
