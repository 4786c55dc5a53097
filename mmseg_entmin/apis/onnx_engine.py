# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A network for prediction in ONNX Runtime."""
import importlib.util
import io
import time
import warnings

import torch
from torch import Tensor

from mmseg_entmin.errors import reason

from .core import Core
from .forms import Run, seconds_of

MOST = 8  # shapes of images that are exported
TOLERANCE = 1e-3  # of the logits, relative to the largest


def check_onnx(core: Core, fast: bool) -> None:
    """Raises ValueError where the engine cannot run a core."""
    from mmseg_entmin.deploy import ONNX_PACKAGES  # other parts of it are not needed
    missing = [package for package in ONNX_PACKAGES if importlib.util.find_spec(package) is None]
    if missing:
        raise ValueError(f"engine 'onnxruntime': pip install {' '.join(missing)}, or leave it out")
    if fast:
        raise ValueError("engine 'onnxruntime' runs in float32, and fast is for 'torch': leave one of them out")
    if next(core.parameters()).device.type != 'cpu':
        raise ValueError("engine 'onnxruntime' runs on the CPU here: give the device cpu, or leave it out")


class OnnxRuntime:
    """Runs a core by ONNX Runtime on the CPU. It exports the core for each shape of images, up to 8, and PyTorch runs
    the others, as well as shapes for which ONNX Runtime gives something else.

    Args:
        core: with folded batch norms.
        other: runs it by PyTorch.
        notes: gets what the user should know.
    """

    def __init__(self, core: Core, other: Run, notes: list[str]) -> None:
        self.core, self.other, self.notes = core, other, notes
        self.runs: dict[tuple, Run] = {}

    def __call__(self, images: Tensor) -> dict[str, Tensor]:
        shape = tuple(images.shape)
        if shape not in self.runs:
            self.runs[shape] = self.export(images) if len(self.runs) < MOST else self.other
            if len(self.runs) == MOST + 1:
                self.notes.append(f'onnxruntime: images of more than {MOST} shapes; PyTorch ran the others')
        return self.runs[shape](images)

    def export(self, images: Tensor) -> Run:
        """What runs images of a shape."""
        begun = time.perf_counter()
        run = self.session(images)
        taken = time.perf_counter() - begun
        expected, found = self.other(images)['logits'], run(images)['logits']
        size = f'{images.shape[3]} x {images.shape[2]}'
        if difference(found, expected) > TOLERANCE:
            self.notes.append(f'onnxruntime: its result for images of {size} differs from that of PyTorch, which ran '
                              'them')
            return self.other
        if not self.runs:
            mine, other = seconds_of((run, self.other), images)
            slower = '; it is slower here, leave it out' if mine > other else ''
            self.notes.append(f'onnxruntime: {mine:.3g} s a batch of {len(images)}, {other:.3g} s in PyTorch; '
                              f'{taken:.1f} s to export{slower}')
        return run

    def session(self, images: Tensor) -> Run:
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        file = io.BytesIO()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')  # PyTorch warns of its own parts
                program = torch.onnx.export(self.core, (images, ), input_names=['images'], dynamo=True, verbose=False)
            file.write(program.model_proto.SerializeToString())
            session = onnxruntime.InferenceSession(file.getvalue(), options, providers=['CPUExecutionProvider'])
        except Exception as error:  # PyTorch's and onnxruntime's errors are of any kind
            raise ValueError(f"engine 'onnxruntime' cannot run this network, leave it out: "
                             f'{reason(error).splitlines()[0][:200]}') from error
        names = ('logits', *self.core.names)
        return lambda batch: dict(zip(names, map(torch.from_numpy, session.run(None, {'images': batch.numpy()}))))


def difference(found: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest value; infinite where one is not a number."""
    return ((found - expected).abs().max() / expected.abs().max().clamp(min=1)).nan_to_num(nan=torch.inf).item()
