# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The encoder's maps of any backbone, and the decoder that some backbones contain."""
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from mmseg.models.backbones import UNet
from torch import Tensor, nn

from mmseg_entmin.errors import OptionError


def encoder_modules(backbone: nn.Module, names: Sequence[str] | None = None) -> list[nn.Module]:
    """The submodules whose outputs are the encoder's maps, low to high; empty if the backbone's outputs are.

    mmseg's UNet returns the outputs of its decoder, so its encoder stages are found here. Another backbone that ends in
    a decoder needs ``names``, as in ``backbone.named_modules()``, for example ['encoder.0', 'encoder.1'].
    """
    if names is None:
        return list(backbone.encoder) if isinstance(backbone, UNet) else []
    modules = dict(backbone.named_modules())
    unknown = [name for name in names if name not in modules]
    if unknown:
        raise OptionError('model', 'encoder_stages', list(names),
                          f'{type(backbone).__name__} has no submodule {", ".join(unknown)}; it has '
                          f'{", ".join(callable_children(backbone))}')
    return [modules[name] for name in names]


def callable_children(module: nn.Module, prefix: str = '') -> Iterator[str]:
    """Names of the children that have a forward; a ModuleList has none and is replaced by its children."""
    for name, child in module.named_children():
        if isinstance(child, nn.ModuleList):
            yield from callable_children(child, f'{prefix}{name}.')
        else:
            yield prefix + name


@contextmanager
def record_outputs(modules: Sequence[nn.Module]) -> Iterator[list[Tensor]]:
    """A list to which each run of one of the modules inside the context adds its output."""
    outputs: list[Tensor] = []
    handles = [module.register_forward_hook(lambda _module, _args, out: outputs.append(out)) for module in modules]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def encoder_maps(backbone: nn.Module, modules: Sequence[nn.Module],
                 images: Tensor) -> tuple[tuple[Tensor, ...], Sequence[Tensor]]:
    """The encoder's maps of images (N, K, H, W), low to high, each (N, C_j, h_j, w_j), and the backbone's outputs.

    Args:
        modules: the backbone's ``encoder_modules``; a ValueError names one that does not run or does not output a map.
    """
    with record_outputs(modules) as maps:
        outputs = backbone(images)
    if not modules:
        return tuple(outputs), outputs
    if len(maps) != len(modules) or not all(is_map(x) for x in maps):
        names = {module: name for name, module in backbone.named_modules()}
        wrong = [names[module] for module in modules if not outputs_a_map(backbone, module, images)]
        raise ValueError(f'encoder_stages: {", ".join(wrong)} of {type(backbone).__name__} does not output exactly one '
                         'map (N, C, h, w) when the backbone runs (a ModuleList never runs itself); name submodules '
                         'whose output is a map')
    return tuple(maps), outputs


@torch.no_grad()
def outputs_a_map(backbone: nn.Module, module: nn.Module, images: Tensor) -> bool:
    """Whether a submodule runs once in the backbone's forward, and its output is a map."""
    with record_outputs([module]) as outputs:
        backbone(images)
    return len(outputs) == 1 and is_map(outputs[0])


def is_map(output: object) -> bool:
    return isinstance(output, Tensor) and output.ndim == 4


def encode(backbone: nn.Module, images: Tensor) -> Sequence[Tensor]:
    """The encoder's maps of images (N, K, H, W), low to high. The decoder inside mmseg's UNet does not run."""
    if not isinstance(backbone, UNet):
        return backbone(images)
    maps = []
    for stage in backbone.encoder:
        images = stage(images)
        maps.append(images)
    return maps


def decode(backbone: nn.Module, maps: Sequence[Tensor]) -> Sequence[Tensor]:
    """The backbone's outputs from its encoder's maps: ``decode(b, encode(b, x))`` equals ``b(x)``."""
    if not isinstance(backbone, UNet):
        return maps
    outputs = [maps[-1]]
    for skip, stage in zip(reversed(maps[:-1]), reversed(backbone.decoder)):
        outputs.append(stage(skip, outputs[-1]))
    return outputs
