# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What runs a network: PyTorch, in the way that the processor is made for, or ONNX Runtime."""
import time

from torch import Tensor

from mmseg_entmin.engine.fast import Mode, fastest, ways
from mmseg_entmin.models.folded_batch_norm import fold_batch_norms

from .core import Core
from .forms import Run, in_mode, seconds_of
from .onnx_engine import OnnxRuntime, check_onnx

ENGINES = ('torch', 'onnxruntime')
EXAMPLE = 128  # pixels, the side of the part of an image on which batch norms are folded


class Engine:
    """Runs a core, which it prepares by the first images that it sees: batch norms become part of the convolutions
    before them, in the model itself, and on a CPU weights and maps are channels-last.

    Args:
        core: in eval mode, on its device.
        name: one of ``ENGINES``. 'onnxruntime' runs on the CPU, in float32; see ``OnnxRuntime``.
        fast: of 'torch', time precisions and memory layouts on the first images, and take the fastest. Default False.

    Attributes:
        notes: what it timed and took, for the user.

    Raises:
        ValueError: an unknown engine; 'onnxruntime' without its packages, with ``fast``, on another device than a CPU
            or, with the first images, for a network that PyTorch cannot export.
    """

    def __init__(self, core: Core, name: str = 'torch', fast: bool = False) -> None:
        self.core, self.name, self.fast = core, name, fast
        self.run: Run | None = None
        self.notes: list[str] = []
        if name not in ENGINES:
            raise ValueError(f"engine '{name}': choose one of {', '.join(ENGINES)}")
        if name == 'onnxruntime':
            check_onnx(core, fast)

    def __call__(self, images: Tensor) -> dict[str, Tensor]:
        """The outputs by name for preprocessed images (N, channels, H, W), in float32 or wider."""
        if self.run is None:
            self.run = self.prepare(images)
        return self.run(images)

    def prepare(self, images: Tensor) -> Run:
        fold(self.core, images[:1])
        default = Mode(channels_last=images.device.type == 'cpu')
        if self.name == 'onnxruntime':
            return OnnxRuntime(self.core, in_mode(default, self.core, copied=True), self.notes)
        if self.fast:
            return self.fastest(default, images)
        return in_mode(default, self.core)

    def fastest(self, default: Mode, images: Tensor) -> Run:
        """The core in the fastest way for these images."""
        begun = time.perf_counter()
        runs: dict[Mode, Run] = {}
        for mode in dict.fromkeys([default, *ways(self.core, [False, True])]):
            run = in_mode(mode, self.core, copied=True)
            try:
                run(images)
            except (RuntimeError, TypeError, ValueError) as error:  # an operation that has no bfloat16
                if not mode.bfloat16:
                    raise
                self.notes.append(f'fast: this network does not run in {mode}: {str(error).splitlines()[0][:120]}')
                continue
            runs[mode] = run
        seconds = dict(zip(runs, seconds_of(runs.values(), images)))
        mode, taken = fastest(seconds), time.perf_counter() - begun
        gain = f'{seconds[default]:.3g} s without' if mode != default else 'and no other way is clearly faster'
        self.notes.append(f'fast: {mode}: {seconds[mode]:.3g} s a batch of {len(images)}, {gain} '
                          f'({len(seconds)} ways timed in {taken:.1f} s)')
        return runs[mode]


def fold(core: Core, image: Tensor) -> None:
    """Folds batch norms by passes of a part of an image (1, channels, H, W), or of all of it through a network that
    takes one size only."""
    part = image[:, :, :EXAMPLE, :EXAMPLE]
    try:
        fold_batch_norms(core, lambda: core(part)['logits'])
    except (AssertionError, RuntimeError, ValueError):
        fold_batch_norms(core, lambda: core(image)['logits'])
