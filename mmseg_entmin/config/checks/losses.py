# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Supervised losses that would not be added up, or that fail in the first step: each loss of each decode head is
computed once on small logits, without a change of random states and buffers."""
from collections.abc import Iterator

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import Tensor, nn

from mmseg_entmin.errors import one_line

from .check_config import refuse_first

SIDE = 8
COUNTED = 'loss'  # MMEngine adds up values with this in their names


def refuse_losses(model: nn.Module) -> None:
    """Raises a ValueError with the first line of `check_losses`, if any."""
    refuse_first(list(check_losses(model)))


def check_losses(model: nn.Module) -> Iterator[str]:
    """One line, with the key, for each loss of a decode head anywhere in a segmentor that cannot be trained with."""
    seen: set[int] = set()
    for name, head in model.named_modules():
        if isinstance(head, BaseDecodeHead) and isinstance(getattr(head, 'loss_decode', None), nn.Module):
            losses = head.loss_decode
            several = isinstance(losses, nn.ModuleList)
            if several and not len(losses):
                yield f'{config_key(name)}.loss_decode=[]: the head would not be trained; give a loss'
            for index, loss in enumerate(losses if several else [losses]):
                if id(loss) not in seen:
                    seen.add(id(loss))
                    yield from check_loss(f'{config_key(name)}.loss_decode' + f'[{index}]' * several, head, loss)


def check_loss(key: str, head: BaseDecodeHead, loss: nn.Module) -> Iterator[str]:
    """One line if a loss has a name that is not added up, or cannot be computed."""
    kind, name = type(loss).__name__, getattr(loss, 'loss_name', None)
    if not isinstance(name, str) or COUNTED not in name:
        yield (f"{key}.loss_name={name!r}: {kind} would be logged and not trained on, since MMEngine adds up what has "
               f"'{COUNTED}' in its name; set loss_name='loss_{name or kind.lower()}'")
    weights = getattr(loss, 'class_weight', None)
    if isinstance(weights, (list, tuple, Tensor)) and len(weights) != head.out_channels:
        yield (f'{key}.class_weight: {kind} has {len(weights)} weights, but its head has {head.out_channels} '
               f'logits a pixel; give {head.out_channels}')
        return
    if isinstance(weights, (list, tuple, Tensor)) and not any(weight > 0 for weight in weights):
        yield f'{key}.class_weight={list(map(float, weights))}: no class counts; give weights above 0'
        return
    if type(head).loss_by_feat is not BaseDecodeHead.loss_by_feat:
        return  # the head gives its losses other arguments
    try:
        value = dry_run(head, loss)
    except Exception as error:  # losses are anybody's code
        yield (f"{key}: {kind} cannot be computed on a {type(head).__name__}'s logits and labels "
               f'({type(error).__name__}: {one_line(error)[:200]}); take another loss, or change its options')
        return
    if not isinstance(value, Tensor) or not value.requires_grad:
        yield f'{key}: {kind} gives no value with a gradient; take another loss'


def dry_run(head: BaseDecodeHead, loss: nn.Module) -> Tensor:
    """The loss of random logits (2, C, 8, 8) and labels of all classes, with one ignored pixel."""
    device = next(head.parameters()).device
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, head.out_channels, SIDE, SIDE, generator=generator).to(device).requires_grad_()
    labels = (torch.arange(2 * SIDE * SIDE) % head.num_classes).view(2, SIDE, SIDE)
    labels[0, 0, 0] = head.ignore_index
    labels = labels.to(device)
    cuda = [device] if device.type == 'cuda' else []
    with torch.random.fork_rng(devices=cuda), torch.enable_grad():
        weight = head.sampler.sample(logits, labels[:, None]) if head.sampler is not None else None
        return loss(logits, labels, weight=weight, ignore_index=head.ignore_index)


def config_key(module: str) -> str:
    """The key in a config of a module of a segmentor, like 'model.auxiliary_head[1]' of 'auxiliary_head.1'."""
    parts = module.removeprefix('module.').replace('earlier_heads.', 'head.').split('.')  # module: of a wrapper
    return 'model' + ''.join(f'[{part}]' if part.isdigit() else f'.{part}' for part in parts)
