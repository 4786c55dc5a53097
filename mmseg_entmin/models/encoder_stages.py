# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The encoder's maps of any backbone, and the decoder that some backbones contain."""
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from mmseg.models.backbones import BiSeNetV1, BiSeNetV2, ERFNet, FastSCNN, STDCContextPathNet, UNet
from mmseg.models.backbones.erfnet import DownsamplerBlock
from torch import Tensor, nn

from mmseg_entmin.errors import OptionError

# The encoder's stages in the backbones that end in a decoder.
STAGES: dict[type, Callable[[nn.Module], Iterable[nn.Module]]] = {
    BiSeNetV1: lambda net: [getattr(net.context_path.backbone, name) for name in net.context_path.backbone.res_layers],
    BiSeNetV2: lambda net: [getattr(net.semantic, name) for name in net.semantic.semantic_stages[:-1]],
    ERFNet: lambda net: [last for last, after in zip(net.encoder, [*net.encoder[1:], None])
                         if after is None or isinstance(after, DownsamplerBlock)],
    FastSCNN: lambda net: [net.learning_to_downsample, net.global_feature_extractor],
    STDCContextPathNet: lambda net: net.backbone.stages,
    UNet: lambda net: net.encoder,
}


def encoder_modules(backbone: nn.Module, names: Sequence[str] | None = None) -> list[nn.Module]:
    """The submodules whose outputs are the encoder's maps, low to high; empty if the backbone's outputs are.

    ``STAGES`` has those of mmseg's backbones; others need ``names``, as in ``backbone.named_modules()``.
    """
    if names is None:
        find = next((stages for kind, stages in STAGES.items() if isinstance(backbone, kind)), None)
        try:
            return [] if find is None else list(find(backbone))
        except AttributeError:
            raise OptionError('model', 'encoder_stages', None, f'{type(backbone).__name__} ends in a decoder, and its '
                              'encoder has no known stages; name the submodules whose outputs are its maps') from None
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
    with ExitStack() as hooks:
        for module in modules:
            hooks.enter_context(module.register_forward_hook(lambda _module, _args, out: outputs.append(out)))
        yield outputs


def encoder_maps(backbone: nn.Module, modules: Sequence[nn.Module],
                 images: Tensor) -> tuple[tuple[Tensor, ...], Sequence[Tensor]]:
    """The encoder's maps (N, C_j, h_j, w_j), low to high, and the backbone's outputs; a ValueError if one is no map."""
    with record_outputs(modules) as maps:
        outputs = backbone(images)
    if not modules:
        return maps_of(backbone, outputs), outputs
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


def maps_of(backbone: nn.Module, outputs: object) -> tuple[Tensor, ...]:
    """The maps (N, C, h, w) of a backbone's outputs, or of pairs of map and class token; a ValueError for others."""
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    maps = tuple(x[0] if isinstance(x, (list, tuple)) and x else x for x in outputs)
    if not maps or not all(is_map(x) for x in maps):
        got = ', '.join(str(tuple(x.shape)) if isinstance(x, Tensor) else type(x).__name__ for x in maps)
        raise ValueError(f'{type(backbone).__name__} returns {got or "nothing"}, not maps (N, C, h, w); set the option '
                         "with which it does: features_only=True in timm, out_type='featmap' or "
                         'gap_before_final_norm=False in mmpretrain')
    return maps


def encode(backbone: nn.Module, images: Tensor) -> Sequence[Tensor]:
    """The encoder's maps of images (N, K, H, W), low to high. The decoder inside mmseg's UNet does not run."""
    if not isinstance(backbone, UNet):
        return backbone(images)
    maps = []
    for stage in backbone.encoder:
        maps.append(stage(maps[-1] if maps else images))
    return maps


def decode(backbone: nn.Module, maps: Sequence[Tensor]) -> Sequence[Tensor]:
    """The backbone's outputs from its encoder's maps: ``decode(b, encode(b, x))`` equals ``b(x)``."""
    if not isinstance(backbone, UNet):
        return maps
    outputs = [maps[-1]]
    for skip, stage in zip(reversed(maps[:-1]), reversed(backbone.decoder)):
        outputs.append(stage(skip, outputs[-1]))
    return outputs
