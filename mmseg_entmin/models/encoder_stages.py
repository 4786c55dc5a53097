# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The encoder's maps of any backbone, and what follows them within it."""
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from mmseg.models.backbones import UNet
from torch import Tensor, nn


def encoder_modules(backbone: nn.Module, names: Sequence[str] | None = None) -> list[nn.Module]:
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
        raise ValueError(f'encoder_stages: {type(backbone).__name__} has no submodule {", ".join(unknown)}; it '
                         f'has {", ".join(running(backbone))}')
    return [modules[name] for name in names]


def running(module: nn.Module, prefix: str = '') -> Iterator[str]:
    """Names of the children that can run: in place of a ModuleList, which cannot, those within it."""
    for name, child in module.named_children():
        if isinstance(child, nn.ModuleList):
            yield from running(child, f'{prefix}{name}.')
        else:
            yield prefix + name


@contextmanager
def record_outputs(modules: Sequence[nn.Module]) -> Iterator[list[Tensor]]:
    """A list that fills with the outputs of the modules while they run inside the context."""
    outputs: list[Tensor] = []
    handles = [module.register_forward_hook(lambda _module, _args, out: outputs.append(out)) for module in modules]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def encoder_maps(backbone: nn.Module, modules: Sequence[nn.Module],
                 images: Tensor) -> tuple[tuple[Tensor, ...], Sequence[Tensor]]:
    """The encoder's maps of images (N, 3, H, W), low to high, each (N, C_j, h_j, w_j), and the backbone's outputs.

    Args:
        backbone: any mmseg backbone.
        modules: its :func:`encoder_modules`.
        images: (N, 3, H, W).

    Raises:
        ValueError: one of the modules does not run, or its output is no map (N, C, h, w).
    """
    with record_outputs(modules) as maps:
        outputs = backbone(images)
    if not modules:
        return tuple(outputs), outputs
    if len(maps) != len(modules) or not all(is_map(x) for x in maps):
        names = {module: name for name, module in backbone.named_modules()}
        wrong = [names[module] for module in modules if not gives_a_map(backbone, module, images)]
        raise ValueError(f'encoder_stages: {", ".join(wrong)} of {type(backbone).__name__} gives no single map '
                         '(N, C, h, w) when the backbone runs (a ModuleList never runs itself); name submodules whose '
                         'output is a map')
    return tuple(maps), outputs


@torch.no_grad()
def gives_a_map(backbone: nn.Module, module: nn.Module, images: Tensor) -> bool:
    with record_outputs([module]) as outputs:
        backbone(images)
    return len(outputs) == 1 and is_map(outputs[0])


def is_map(output: object) -> bool:
    return isinstance(output, Tensor) and output.ndim == 4


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
