# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""From images to predictions, batched."""
import copy
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.runner.checkpoint import _load_checkpoint_to_model
from mmseg.apis import MMSegInferencer
from mmseg.visualization import SegLocalVisualizer
from torch import nn

from mmseg_entmin.config.checks import explain
from mmseg_entmin.engine.checkpoints.checkpoint_file import read_checkpoint
from mmseg_entmin.engine.checkpoints.downloads import without_downloads
from mmseg_entmin.engine.checkpoints.weights import check_weights
from mmseg_entmin.errors import one_line
from mmseg_entmin.registry import DATASETS
from mmseg_entmin.walk import type_name

from .engines import Engine
from .forward import Forwarded, Network
from .image_files import find_images
from .prediction import OUTPUTS, Prediction
from .reading import Image, Loaded, Reader, UnreadableImage, ended_workers_named, read_images
from .side_by_side import ahead

# A forward on a CPU takes images of together so many pixels: the maps of more do not fit the cache.
CPU_PIXELS, CPU_IMAGES, GPU_IMAGES = 2**16, 16, 8


class EntMinInferencer(MMSegInferencer):
    """Label masks, class presence and uncertainty for images, from one forward each.

    Works with ``EntMin``, ``EntMinConsistency`` (its EMA teacher predicts) and every mmseg ``EncoderDecoder`` (no
    presence, no variance). Test pipeline and ``test_cfg`` of the config apply: input size, sliding window, refinement::

        for prediction in EntMinInferencer('config.py', 'iter_600.pth')('images'):
            print(prediction.source, prediction.labels.shape, prediction.entropy.mean())

    Args:
        config: config file or object; the copy in a work dir needs no base files.
        checkpoint: file or URL.
        device: like 'cpu' or 'cuda:1'. Default: the GPU if there is one.
        batch_size: images in one forward, >= 1; images of another size get their own, without padding. Default: 8 on a
            GPU; on a CPU as many as have 65,536 pixels, at most 16.
        outputs: what is computed beside the labels, of 'confidence', 'entropy', 'variance', 'presence' and 'features';
            the others are None. Default: all.
        workers: processes that read images ahead, if they are given as a sequence or a folder; the network then runs
            in a thread, while the caller works on the predictions before. 0 (default): one after the other.
        engine: 'torch' (default), or 'onnxruntime', which is faster for some networks on a CPU; see ``Engine``.
        fast: take bfloat16 or another memory layout where that is faster on this machine, found by timing the first
            images; labels differ where two classes are nearly as probable. Default False.

    Raises:
        FileNotFoundError: a missing config or checkpoint.
        ValueError: a batch size below 1, workers below 0; a missing device; an engine that ``Engine`` refuses; a
            config without a test pipeline; a checkpoint that is damaged, of another model, or holds more than finite
            weights; a model or an output that ``Network`` refuses.
    """

    def __init__(self, config: str | Path | Config, checkpoint: str | Path, device: str | None = None,
                 batch_size: int | None = None, outputs: Collection[str] = OUTPUTS, workers: int = 0,
                 engine: str = 'torch', fast: bool = False) -> None:
        if batch_size is not None and batch_size < 1:
            raise ValueError(f'batch_size={batch_size}, must be at least 1')
        if workers < 0:
            raise ValueError(f'workers={workers}, must be at least 0')
        check_device(device)
        config = copy.deepcopy(config) if isinstance(config, Config) else Config.fromfile(config)
        without_downloads(config.get('model'))
        if config.get('test_dataloader', {}).get('dataset', {}).get('pipeline') is None:
            raise ValueError(f"config '{config.filename}' has no test_dataloader.dataset.pipeline to read images")
        self.config_name, self.checkpoint = config.filename, str(checkpoint)
        self.batch_size, self.workers = batch_size, workers
        self.content: dict | None = read_checkpoint(self.checkpoint)
        try:
            super().__init__(config, device=device)  # loads the weights from the content
        except (AssertionError, KeyError, TypeError) as error:  # of constructors in the model
            if (text := explain(config, error)) is None:
                raise
            raise ValueError(text) from error
        self.content = None
        self.show_progress = False  # mmseg 1.2.2 has no such argument
        self.network = Network(self.model, outputs)
        self.network.run = self.engine = Engine(self.network.core, engine, fast)
        self.reader = Reader(self.pipeline, self.network.channels, self.takes_arrays)
        self.on_cpu = next(self.model.parameters()).device.type == 'cpu'

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in the order of the labels."""
        return tuple(self.model.dataset_meta['classes'])

    @property
    def palette(self) -> list[list[int]]:
        """RGB, 0..255, of each class."""
        return [list(color) for color in self.model.dataset_meta['palette']]

    @property
    def has_variance(self) -> bool:
        return self.network.has_variance

    @property
    def has_presence(self) -> bool:
        return self.network.has_presence

    def __call__(self, inputs: Image | Iterable[Image], probabilities: bool = False,
                 on_unreadable: Callable[[UnreadableImage], None] | None = None) -> Iterator[Prediction]:
        """Yields the predictions one by one, in the order of the images; keeps none.

        Args:
            inputs: an image, several (an iterator is read one batch at a time), or a folder, see ``find_images``. An
                image is a path, or an array (H, W, channels) as the loader of the test pipeline gives it, by default
                BGR.
            probabilities: return those of all classes. Default False.
            on_unreadable: called with the error of an image that cannot be read, which is skipped. Default: raise
                ``UnreadableImage``.
        """
        if isinstance(inputs, (str, Path)):
            inputs = list(find_images([inputs]).values())
        elif isinstance(inputs, np.ndarray):
            inputs = [inputs]
        workers = self.workers if isinstance(inputs, Sequence) and len(inputs) > 1 else 0
        with ended_workers_named():
            batches = self._forward(read_images(inputs, self.reader, workers))
            for problems, batch, forwarded in ahead(batches) if workers else batches:
                for problem in problems:
                    if on_unreadable is None:
                        raise problem
                    on_unreadable(problem)
                yield from self._finish(batch, forwarded, probabilities)

    def _forward(self, read: Iterator[Loaded | UnreadableImage]) -> Iterator[tuple]:
        """Batches of images, each with the errors of images before its end, and what the network says of it."""
        problems: list[UnreadableImage] = []
        batch: list[Loaded] = []
        for image in read:
            if isinstance(image, UnreadableImage):
                problems.append(image)
                continue
            batch.append(image)
            if self._is_full(batch):
                yield problems, batch, self._forward_batch(batch)
                problems, batch = [], []
        if problems or batch:
            yield problems, batch, self._forward_batch(batch)

    def _is_full(self, batch: Sequence[Loaded]) -> bool:
        if self.batch_size is not None:
            return len(batch) >= self.batch_size
        if not self.on_cpu:
            return len(batch) >= GPU_IMAGES
        pixels = sum(image.data['inputs'][0].numel() for image in batch)
        return len(batch) >= CPU_IMAGES or pixels * (len(batch) + 1) > CPU_PIXELS * len(batch)

    def _forward_batch(self, batch: Sequence[Loaded]) -> list[tuple[list[int], Forwarded]]:
        """A forward for the images of each size, given by their places."""
        groups: dict[tuple, list[int]] = {}
        for place, image in enumerate(batch):
            groups.setdefault(image.data['inputs'].shape, []).append(place)
        return [(places, self.network.forward([batch[place].data for place in places])) for places in groups.values()]

    def _finish(self, batch: Sequence[Loaded], forwarded: Sequence[tuple[list[int], Forwarded]],
                probabilities: bool) -> Iterator[Prediction]:
        """The predictions for the images of a batch, in their order."""
        predictions: dict[int, Prediction] = {}
        for places, each in forwarded:
            predictions.update(zip(places, self.network.finish(each, probabilities)))
        for place, image in enumerate(batch):
            prediction = predictions[place]
            fits = image.no_data is not None and image.no_data.shape == prediction.labels.shape
            yield replace(prediction, source=image.source, no_data=image.no_data if fits else None)

    def predict(self, image: Loaded) -> Prediction:
        """The prediction for an image that was read."""
        return next(self._finish([image], self._forward_batch([image]), False))

    def _load_weights_to_model(self, model: nn.Module, checkpoint: dict | None, cfg: Config) -> None:
        """Loads all weights, and the classes and palette of the checkpoint or else of the data set."""
        checkpoint = self.content
        check_weights(model, checkpoint, self.checkpoint, self.config_name)
        _load_checkpoint_to_model(model, checkpoint)
        meta = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
        dataset = cfg.test_dataloader.dataset
        kind = DATASETS.get(dataset.type) if isinstance(dataset.type, str) else dataset.type
        meta = {**getattr(kind, 'METAINFO', {}), **(dataset.get('metainfo') or {}), **meta}
        if not meta.get('classes') or not meta.get('palette'):
            raise ValueError(f"neither checkpoint '{self.checkpoint}' nor the test data set of config "
                             f"'{self.config_name}' names classes and palette; set metainfo of the data set")
        model.dataset_meta = dict(classes=meta['classes'], palette=meta['palette'])

    def _init_pipeline(self, cfg: Config) -> Compose:
        """The test pipeline for dicts with a path or an array, without annotations. (mmseg's changes the config.)"""
        steps = [dict(step) for step in cfg.test_dataloader.dataset.pipeline if 'Annotation' not in type_name(step)]
        loaders = [step for step in steps if type_name(step) == 'LoadImageFromFile']
        for step in loaders:
            step['type'] = 'InferencerLoader'
        self.takes_arrays = bool(loaders)
        return Compose(steps)

    def _init_collate(self, cfg: Config) -> Callable:
        """MMEngine's default. (Its own look-up warns that mmseg has no other.)"""
        return pseudo_collate

    def _init_visualizer(self, cfg: Config) -> SegLocalVisualizer:
        """A visualizer that stores nothing. (The config's may be missing, or open a connection.)"""
        return SegLocalVisualizer()


def check_device(device: str | None) -> None:
    """Raises ValueError if the device cannot be used."""
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device '{device}' cannot be used: {one_line(error)}; give another one, like cpu") from error
