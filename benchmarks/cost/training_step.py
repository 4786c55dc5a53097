# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One training step of a config with its time and memory; benchmark.py runs it in one process for each variant."""
import ctypes
import time
from ast import literal_eval
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

MIB = 2**20


@dataclass
class Variant:
    """A config to measure, with the number of images and options.

    Attributes:
        config: run id: below configs/, without suffix, or a variant of benchmarks/results/variants.py.
        images: labeled and unlabeled images of a batch; None: the config's.
        options: settings that override the config, by dotted key.
        limit: every image carries a mask, as many as the reference has images in all.
    """

    config: str
    images: tuple[int, int] | None = None
    options: dict[str, object] = field(default_factory=dict)
    limit: bool = False

    @classmethod
    def parse(cls, text: str) -> 'Variant':
        """From ``CONFIG[=LABELED+UNLABELED][,key=value...]``.

        Raises:
            ValueError: the text does not have this form.
        """
        head, *options = text.split(',')
        config, _, images = head.partition('=')
        try:
            counts = tuple(int(count) for count in images.split('+')) if images else None
            pairs = dict(option.split('=', 1) for option in options)
        except ValueError:
            raise ValueError(f'{text!r} is not CONFIG[=LABELED+UNLABELED][,key=value...]') from None
        if counts is not None and len(counts) == 1:
            counts = (*counts, 0)
        return cls(config, counts, {key: literal(value) for key, value in pairs.items()})

    @property
    def name(self) -> str:
        return ','.join([self.config, *(f'{key}={value}' for key, value in self.options.items())])


def literal(text: str):
    """The Python value that a text stands for, or the text itself."""
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError):
        return text


class TrainingStep:
    """Forward, backward and optimizer step of one config, on random images or on its own data.

    Args:
        variant: what to build; ``images`` must be given where the config has no sampler of two counts.
        size: side of the square images, in pixels; None: the config's ``crop_size``, or 64.
        data_root: folder of the config's data set; None: random images, the same batch in every step.
    """

    def __init__(self, variant: Variant, size: int | None = None, data_root: str | None = None) -> None:
        import torch
        from mmengine.optim import build_optim_wrapper
        from mmengine.registry import DefaultScope
        from mmengine.runner import Runner

        from benchmarks.results.run_configs import load
        from mmseg_entmin.config.no_gpu import adapt_to_cpu
        from mmseg_entmin.config.read_config import redirect_data_root
        from mmseg_entmin.datasets.transforms.cached import cache_pipelines
        from mmseg_entmin.engine.fast import parse_mode, set_mode
        from mmseg_entmin.registry import MODELS

        cfg = load(variant.config)
        cfg.merge_from_dict({'model.backbone.init_cfg': None, **variant.options})
        adapt_to_cpu(cfg)
        if cfg.get('cache_mib'):
            cache_pipelines(cfg, cfg.cache_mib)
        self.torch = torch
        self.cuda = torch.cuda.is_available()
        self.size = (size, size) if size else tuple(cfg.get('crop_size', (64, 64)))
        if cfg.model.data_preprocessor.get('size'):
            cfg.model.data_preprocessor.size = self.size
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope('mmseg'):
            self.model = MODELS.build(cfg.model).train()
            if self.cuda:
                self.model = self.model.cuda()
            if cfg.get('channels_last'):
                self.model.to(memory_format=torch.channels_last)  # as ChannelsLastHook does
            self.optim_wrapper = build_optim_wrapper(self.model, cfg.optim_wrapper)
            if cfg.get('fast'):
                set_mode(parse_mode(cfg.fast), self.model, self.optim_wrapper)
            if cfg.get('compile'):
                options = cfg.compile if isinstance(cfg.compile, dict) else {}
                self.model.train_step = torch.compile(self.model.train_step, **options)  # as MMEngine's Runner does
            self.batches = None
            if data_root is not None:
                redirect_data_root(cfg, data_root)
                cfg.train_dataloader.sampler.seed = 0
                self.batches = iter(Runner.build_dataloader(cfg.train_dataloader, seed=0))
        self.images = variant.images or counts(cfg)
        self.batch = next(self.batches) if self.batches is not None else self.random_batch(*self.images)

    def random_batch(self, labeled: int, unlabeled: int) -> dict:
        """A batch of random images with random masks, the labeled images first."""
        from mmengine.structures import PixelData
        from mmseg.structures import SegDataSample
        torch, samples = self.torch, []
        for i in range(labeled + unlabeled):
            sample = SegDataSample(metainfo=dict(img_shape=self.size, ori_shape=self.size))
            if i < labeled:
                sample.gt_sem_seg = PixelData(data=torch.randint(self.model.num_classes, (1, *self.size)))
            samples.append(sample)
        images = [torch.randint(256, (3, *self.size), dtype=torch.uint8) for _ in samples]
        return dict(inputs=images, data_samples=samples)

    def __call__(self) -> dict[str, float]:
        """Do one step; seconds of waiting for the batch ('data'), of the step ('step') and of the processor ('cpu')."""
        start = time.perf_counter()
        if self.batches is not None:
            self.batch = next(self.batches)
        loaded, cpu = self.now(), time.process_time()
        self.model.train_step(self.batch, self.optim_wrapper)
        return dict(data=loaded - start, step=self.now() - loaded, cpu=time.process_time() - cpu)

    def work(self) -> int:
        """Floating-point operations of the convolutions and matrix products of a step, forward and backward."""
        from torch.utils.flop_counter import FlopCounterMode
        backward = {self.torch.ops.aten.convolution_backward: convolution_backward_flops}
        with FlopCounterMode(display=False, custom_mapping=backward) as counter:
            self()
        return counter.get_total_flops()

    def now(self) -> float:
        """The time, in seconds, once all work queued on the device is done."""
        if self.cuda:
            self.torch.cuda.synchronize()
        return time.perf_counter()

    def memory(self, steps: int = 3) -> dict[str, float]:
        """MiB that training takes beyond the built model and its batch, at the peak of the first steps of the process.

        These are activations, gradients, the state of the optimizer and the scratch memory of the kernels. On a GPU
        it is the growth of the peak of the CUDA allocator. On a CPU it is the growth of the peak resident set, while
        the C library hands large blocks back at once, so that only live memory counts.
        """
        if self.cuda:
            self.torch.cuda.reset_peak_memory_stats()
            before = self.torch.cuda.memory_allocated()
            for _ in range(steps):
                self()
            peak = self.torch.cuda.max_memory_allocated()
        else:
            with memory_returned_at_once():
                before = status('VmRSS')
                reset_peak()
                for _ in range(steps):
                    self()
                peak = status('VmHWM')
        return dict(growth=(peak - before) / MIB, whole=peak / MIB)


def convolution_backward_flops(grad_out, x, weight, _bias, _stride, _padding, _dilation, transposed, _output_padding,
                               _groups, output_mask, **_) -> int:
    """Operations of a convolution's backward pass: those of the forward pass for each gradient, of input and weight.

    torch 2.11's own formula takes a grouped convolution for a dense one, 50 times too much on EfficientNet-Lite0.
    """
    from torch.utils.flop_counter import conv_flop_count
    return sum(output_mask[:2]) * conv_flop_count(x, weight, grad_out, transposed)


def counts(cfg) -> tuple[int, int]:
    """Labeled and unlabeled images of a config's batch."""
    loader = cfg.train_dataloader
    return loader.sampler.get('labeled', loader.batch_size), loader.sampler.get('unlabeled', 0)


def status(key: str) -> int:
    """A value of /proc/self/status in bytes."""
    line = next(line for line in Path('/proc/self/status').read_text().splitlines() if line.startswith(f'{key}:'))
    return int(line.split()[1]) * 1024


def reset_peak() -> None:
    """Reset the peak resident set, VmHWM, to the present one."""
    Path('/proc/self/clear_refs').write_text('5')


class memory_returned_at_once:
    """Inside the context glibc maps every block of 64 KiB or more separately, and unmaps it when it is freed.

    This is slow, and leaving the context does not undo it: the library no longer adapts its thresholds. Times are taken
    in another process.
    """

    M_MMAP_THRESHOLD = -3

    def __enter__(self) -> None:
        self.libc = ctypes.CDLL(None)
        self.libc.malloc_trim(0)
        self.libc.mallopt(self.M_MMAP_THRESHOLD, 64 * 1024)

    def __exit__(self, *error) -> None:
        self.libc.mallopt(self.M_MMAP_THRESHOLD, 32 * MIB)


def serve(connection: Connection, variant: Variant, size: int | None, data_root: str | None,
          threads: int) -> None:
    """Answer 'memory', 'step' and 'work' until the other side closes the connection; a failure is answered by text."""
    try:
        import torch
        from mmengine.logging import MMLogger
        torch.set_num_threads(threads)
        MMLogger.get_instance('mmengine', log_level='ERROR')
        import mmpretrain.structures  # noqa: F401  what a first step would import must not count as its memory
        step = TrainingStep(variant, size, data_root)
        parameters = sum(p.numel() for p in step.model.parameters() if p.requires_grad)
        connection.send(dict(images=step.images, size=step.size, parameters=parameters, torch=torch.__version__,
                             device=torch.cuda.get_device_name() if step.cuda else 'CPU'))
        while True:
            try:
                command = connection.recv()
            except EOFError:
                return
            connection.send(dict(step=step, memory=step.memory, work=step.work)[command]())
    except Exception as error:  # noqa: B902
        connection.send(f'{type(error).__name__}: {error}')
