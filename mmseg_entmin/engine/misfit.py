# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names the part of a network whose options do not fit what it gets."""
import re
import traceback

from torch import nn

from mmseg_entmin.errors import Refusal, one_line

ONE_VALUE, UNEQUAL = 'Expected more than 1 value per channel', 'stack expects each tensor to be equal size'
SIZES = re.compile('Given groups=|cannot be multiplied|size mismatch|must match|Sizes of tensors|smaller than kernel|'
                   f"Kernel size can't be greater|index out of range|divisible by|{ONE_VALUE}")


class Misfit(Refusal, ValueError):
    """A part of the network gets maps that it cannot take."""


def misfit(model: nn.Module, error: Exception, iteration: int) -> Misfit | None:
    """The error in one line with the innermost part of the model that raised it; None for one not about sizes."""
    names = {module: name.removeprefix('module.') for name, module in model.named_modules()}
    parts = [frame.f_locals.get('self') for frame, _ in traceback.walk_tb(error.__traceback__)]
    named = [names[part] for part in parts if isinstance(part, nn.Module) and names.get(part)]
    if not named or not SIZES.search(str(error)):
        return None
    top = named[-1].split('.')[0]
    remedy = ('a batch norm after global pooling needs two images of each kind: set labeled and unlabeled of the '
              'sampler to 2 or more' if ONE_VALUE in str(error) else
              'the images of a batch differ in size: crop them to one size' if UNEQUAL in str(error) else
              f'compare in_channels and in_index of model.{top} with the maps that it gets, and the size of the images')
    return Misfit(f'iteration {iteration}: model.{named[-1]} cannot take its input: {one_line(error)}; {remedy}')
