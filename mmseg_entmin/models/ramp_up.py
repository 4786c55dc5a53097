# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A loss weight that rises over the training steps."""
import torch
from torch import Tensor, nn

from .options import check_choice, check_not_negative


class RampUp(nn.Module):
    """Factor in 0..1 that rises over the first training steps, counted by t in a buffer, and then stays at 1.

    Args:
        iters: T, number of training forwards over which the factor rises; 0 (default) for a factor of 1 at once.
        form: 'sigmoid' (default), exp(-5 (1 - t/T)^2), as in Mean Teacher; or 'linear', t/T.
        begin: number of training forwards with factor 0 before the rise. Default 0.
    """

    def __init__(self, iters: int = 0, form: str = 'sigmoid', begin: int = 0) -> None:
        super().__init__()
        check_choice('ramp_up', 'form', form, ('sigmoid', 'linear'))
        check_not_negative('ramp_up', iters=iters, begin=begin)
        self.iters, self.begin, self.form = iters, begin, form
        self.register_buffer('step', torch.zeros((), dtype=torch.long))

    def forward(self) -> Tensor:
        """Return the factor of this step, a scalar, and count the step."""
        full = torch.ones_like(self.step, dtype=torch.float)
        step = self.step - self.begin
        progress = (step / self.iters).clamp(max=1) if self.iters else full
        self.step += 1
        factor = torch.exp(-5 * (1 - progress)**2) if self.form == 'sigmoid' else progress
        return factor * (step >= 0) if self.begin else factor
