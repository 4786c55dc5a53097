# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The encoder's maps of any backbone, and what follows them within it."""
from contextlib import contextmanager
from typing import Iterator, List, Optional, Sequence

from mmseg.models.backbones import UNet
from torch import Tensor, nn


def encoder_modules(backbone: nn.Module, names: Optional[Sequence[str]] = None) -> List[nn.Module]:
    """The submodules whose outputs are the encoder's maps, low to high; empty: the backbone's outputs are.

    mmseg's UNet returns its decoder's outputs, so its encoder stages are named here; a backbone of another kind that
    ends in a decoder needs ``names``.

    Args:
        backbone: any mmseg backbone.
        names: names of submodules as in ``backbone.named_modules()``, for example ['encoder.0', 'encoder.1'].

    Raises:
        ValueError: a name that the backbone does not have.
    """
    if names is None:
        return list(backbone.encoder) if isinstance(backbone, UNet) else []
    modules = dict(backbone.named_modules())
    unknown = [name for name in names if name not in modules]
    if unknown:
        raise ValueError(f'encoder_stages: {type(backbone).__name__} has no submodule {", ".join(unknown)}; its '
                         f'children are {", ".join(name for name, _ in backbone.named_children())}')
    return [modules[name] for name in names]


@contextmanager
def record_outputs(modules: Sequence[nn.Module]) -> Iterator[List[Tensor]]:
    """A list that fills with the outputs of the modules while they run inside the context."""
    outputs: List[Tensor] = []
    handles = [module.register_forward_hook(lambda _module, _args, out: outputs.append(out)) for module in modules]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def encode(backbone: nn.Module, images: Tensor) -> Sequence[Tensor]:
    """The encoder's maps of images (N, 3, H, W), low to high; the decoder that is within mmseg's UNet does not run."""
    if not isinstance(backbone, UNet):
        return backbone(images)
    maps = []
    for stage in backbone.encoder:
        images = stage(images)
        maps.append(images)
    return maps


def decode(backbone: nn.Module, maps: Sequence[Tensor]) -> Sequence[Tensor]:
    """What the backbone returns where its encoder's maps are these: ``decode(b, encode(b, x))`` is ``b(x)``."""
    if not isinstance(backbone, UNet):
        return maps
    outputs = [maps[-1]]
    for skip, stage in zip(reversed(maps[:-1]), reversed(backbone.decoder)):
        outputs.append(stage(skip, outputs[-1]))
    return outputs
