# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes a network as an ONNX file or as a program of torch.export, and opens both as functions."""
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from .deploy_network import DeployNetwork, round_up

Function = Callable[[Tensor], tuple[Tensor, ...]]
ONNX_PACKAGES = ('onnx', 'onnxscript', 'onnxruntime')
OPSET = 18  # the exporter's own, without conversion; onnxruntime 1.14 and newer reads it


def trace(network: DeployNetwork, size: tuple[int, int] | None = None) -> torch.export.ExportedProgram:
    """The network's operations for any batch size, and any height and width unless ``size`` fixes them.

    Tracing is strict (of the bytecode): mmseg computes sizes as ``int(size * scale)``, which tracing of values, and so
    the ONNX exporter that uses TorchScript, turns into constants.
    """
    dynamic = {0: torch.export.Dim.DYNAMIC}
    if size is None:
        dynamic.update({2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC})
        # Different sizes, so that they stay two variables, and no multiples, so that there is padding.
        size = tuple(round_up(least, 2 * network.multiple) + 1 for least in (64, 96))
    with torch.no_grad():
        return torch.export.export(network, (torch.rand(2, network.channels, *size), ), dynamic_shapes=(dynamic, ),
                                   strict=True)


def write_onnx(program: torch.export.ExportedProgram, path: Path, names: list, metadata: dict[str, str]) -> None:
    """Writes an ONNX file with the input ``images`` and the outputs ``names``; needs onnx and onnxscript."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # PyTorch warns of its own parts
        onnx = torch.onnx.export(
            program, input_names=['images'], output_names=names, opset_version=OPSET, dynamo=True, verbose=False)
    shape = onnx.model.graph.inputs[0].shape
    onnx.rename_axes({dim: name for dim, name in zip(shape, ('batch', '', 'height', 'width'))
                      if not isinstance(dim, int)})
    onnx.model.metadata_props.update(metadata)
    onnx.save(str(path))


def write_torch(program: torch.export.ExportedProgram, path: Path, names: list, metadata: dict[str, str]) -> None:
    """Writes a program that ``torch.export.load`` reads without mmseg and this package."""
    torch.export.save(program, str(path), extra_files={'metadata.json': json.dumps(dict(metadata, outputs=names))})


def open_onnx(path: Path) -> Function:
    """The network in an ONNX file as a function of images, on the CPU; needs onnxruntime."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    return lambda images: tuple(map(torch.from_numpy, session.run(None, {'images': images.numpy()})))


def open_torch(path: Path) -> Function:
    """The network in a file of ``write_torch`` as a function of images."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # PyTorch warns of its own parts
        # The guards check properties of the traced size that do not matter, such as an odd size after a max-pool.
        module = torch.export.load(str(path)).module(check_guards=False)

    def run(images: Tensor) -> tuple[Tensor, ...]:
        with torch.no_grad():
            outputs = module(images)
        return outputs if isinstance(outputs, tuple) else (outputs, )

    return run


# Suffix, writer and reader of each format.
FORMATS = dict(onnx=('.onnx', write_onnx, open_onnx), torch=('.pt2', write_torch, open_torch))
