# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Batch norms of a trained network as part of the convolutions before them."""
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

TOLERANCE = 1e-3  # of the outputs, relative to the largest


class Reads(TorchFunctionMode):
    """Counts, inside the context, the functions that read each tensor of a dict by id and return a tensor."""

    def __init__(self, tensors: dict[int, Tensor]) -> None:
        super().__init__()
        self.tensors, self.counts = tensors, Counter()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        output = function(*args, **(kwargs or {}))
        if isinstance(output, Tensor):
            self.counts.update({id(leaf) for leaf in tree_leaves((args, kwargs)) if id(leaf) in self.tensors})
        return output


@torch.no_grad()
def fold_batch_norms(model: nn.Module, run: Callable[[], Tensor]) -> int:
    """Puts batch norms in eval mode into the convolutions whose outputs they alone read, in place; returns how many.

    A forward pass shows which these are, so that the order of the modules does not matter. A batch norm with an
    activation of its own (timm's) leaves the activation. If the output is not the same afterwards, nothing is folded.

    Args:
        model: in eval mode.
        run: a forward pass of the model; returns an output.
    """
    before, pairs = pairs_of(model, run)
    places = [(parent, name, child) for parent in model.modules() for name, child in parent._modules.items()]
    convolutions = {convolution: (convolution.weight, convolution.bias) for convolution, _ in pairs}
    replaced = {norm: replacement(norm) for _, norm in pairs}
    for convolution, norm in pairs:
        convolution.weight, convolution.bias = fuse_conv_bn_weights(
            convolution.weight, convolution.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias)
    for parent, name, child in places:
        if child in replaced:
            parent._modules[name] = replaced[child]
    if pairs and not same(before, run):
        for convolution, weights in convolutions.items():
            convolution.weight, convolution.bias = weights
        for parent, name, child in places:
            parent._modules[name] = child
        return 0
    return len(pairs)


def pairs_of(model: nn.Module, run: Callable[[], Tensor]) -> tuple[Tensor, list[tuple[nn.Module, nn.Module]]]:
    """The output of a forward pass, and its convolutions with the batch norms that alone read their outputs."""
    outputs: dict[int, Tensor] = {}  # kept, so that no id is that of another tensor
    of: dict[int, nn.Module] = {}
    runs: Counter[nn.Module] = Counter()
    found: list[tuple[int, nn.Module]] = []

    def after_convolution(module: nn.Module, _: tuple, output: Tensor) -> None:
        outputs[id(output)], of[id(output)] = output, module
        runs[module] += 1

    def after_norm(module: nn.Module, inputs: tuple, _: Tensor) -> None:
        runs[module] += 1
        if id(inputs[0]) in outputs:
            found.append((id(inputs[0]), module))

    with ExitStack() as stack:
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                stack.enter_context(module.register_forward_hook(after_convolution))
            elif replacement(module) is not None:
                stack.enter_context(module.register_forward_hook(after_norm))
        with Reads(outputs) as reads:
            output = run()
    owners = Counter(id(weight) for module in model.modules() for weight in module._parameters.values())
    return output, [(of[place], norm) for place, norm in found if runs[of[place]] == runs[norm] == 1
                    and reads.counts[place] == 1 and owners[id(of[place].weight)] == 1]


def replacement(module: nn.Module) -> nn.Module | None:
    """What is left of a batch norm once it is folded; None for other modules, and for batch norms that cannot be."""
    if not isinstance(module, nn.modules.batchnorm._BatchNorm) or module.training or module.running_mean is None:
        return None
    if type(module).forward in (nn.BatchNorm2d.forward, nn.SyncBatchNorm.forward):  # also what MMEngine makes of SyncBN
        return nn.Identity()
    if isinstance(getattr(module, 'act', None), nn.Module):  # timm's BatchNormAct2d
        return nn.Sequential(module.drop, module.act)
    return None


def same(before: Tensor, run: Callable[[], Tensor]) -> bool:
    """Whether a forward pass still gives this output."""
    try:
        after = run()
    except (AttributeError, TypeError, RuntimeError):  # of a module that reads a batch norm's own attributes
        return False
    return bool((after - before).abs().max() <= TOLERANCE * before.abs().max().clamp(min=1))
