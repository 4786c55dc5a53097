# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Host synchronisations, seen without a GPU by watching every operation."""
import torch
from torch.utils._python_dispatch import TorchDispatchMode


class NoSynchronisation(TorchDispatchMode):
    """Raises at an operation that makes the host wait for the device: a value read, or a size that depends on one."""

    BLOCKING = ('aten::_local_scalar_dense', 'aten::nonzero', 'aten::masked_select', 'aten::is_nonzero',
                'aten::equal', 'aten::_unique2', 'aten::unique_consecutive')

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func._schema.name
        masks = name in ('aten::index', 'aten::index_put', 'aten::index_put_') and any(
            index is not None and index.dtype == torch.bool for index in args[1])
        if name in self.BLOCKING or masks:
            raise AssertionError(f'{name} waits for the device')
        return func(*args, **(kwargs or {}))
