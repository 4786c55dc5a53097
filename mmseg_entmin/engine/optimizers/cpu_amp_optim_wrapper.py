# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Mixed precision without a GPU, which MMEngine's wrapper refuses."""
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from torch import nn

from mmseg_entmin.models.options import check_choice
from mmseg_entmin.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(AmpOptimWrapper):
    """``AmpOptimWrapper`` on a CPU: for tests, and for processors that multiply bfloat16 in hardware. ``dtype`` is
    'bfloat16' (default) or 'float16', with dynamic loss scaling; other options are of ``OptimWrapper``."""

    def __init__(self, dtype: str = 'bfloat16', **kwargs) -> None:
        check_choice(self, 'dtype', dtype, ('bfloat16', 'float16'))
        OptimWrapper.__init__(self, **kwargs)  # AmpOptimWrapper's own asks for a GPU
        self.cast_dtype = getattr(torch, dtype)
        self.loss_scaler = torch.amp.GradScaler('cpu', enabled=dtype == 'float16')
        self._scale_update_param = None

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        with OptimWrapper.optim_context(self, model), torch.autocast('cpu', self.cast_dtype):
            yield
