# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""From images to predictions, batched."""
import copy
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
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

from .forward import Network
from .image_files import find_images
from .prediction import Prediction
from .rasters import pixels_without_data

Image = str | Path | np.ndarray


class UnreadableImage(ValueError):
    """An image that cannot be read; the message names the file."""


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
        batch_size: images in one forward, >= 1; images of another size get their own, without padding. Default 8.

    Raises:
        FileNotFoundError: a missing config or checkpoint.
        ValueError: a batch size below 1; a missing device; a config without a test pipeline; a checkpoint that
            is damaged, of another model, or holds more than finite weights; a model that ``Network`` refuses.
    """

    def __init__(self, config: str | Path | Config, checkpoint: str | Path, device: str | None = None,
                 batch_size: int = 8) -> None:
        if batch_size < 1:
            raise ValueError(f'batch_size={batch_size}, must be at least 1')
        check_device(device)
        config = copy.deepcopy(config) if isinstance(config, Config) else Config.fromfile(config)
        without_downloads(config.get('model'))
        if config.get('test_dataloader', {}).get('dataset', {}).get('pipeline') is None:
            raise ValueError(f"config '{config.filename}' has no test_dataloader.dataset.pipeline to read images")
        self.config_name, self.checkpoint, self.batch_size = config.filename, str(checkpoint), batch_size
        self.content: dict | None = read_checkpoint(self.checkpoint)
        try:
            super().__init__(config, device=device)  # loads the weights from the content
        except (AssertionError, KeyError, TypeError) as error:  # of constructors in the model
            if (text := explain(config, error)) is None:
                raise
            raise ValueError(text) from error
        self.content = None
        self.show_progress = False  # mmseg 1.2.2 has no such argument
        self.network = Network(self.model)

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
        return bool(self.network.heads)

    @property
    def has_presence(self) -> bool:
        return self.network.cls_head is not None or self.network.classifier is not None

    def __call__(self, inputs: Image | Iterable[Image], probabilities: bool = False,
                 on_unreadable: Callable[[UnreadableImage], None] | None = None) -> Iterator[Prediction]:
        """Yields the predictions one by one, in the order of the images; keeps none.

        Args:
            inputs: an image, several (an iterator is read one batch ahead), or a folder, see ``find_images``. An image
                is a path, or an array (H, W, channels) as the loader of the test pipeline gives it, by default BGR.
            probabilities: return those of all classes. Default False.
            on_unreadable: called with the error of an image that cannot be read, which is skipped. Default: raise
                ``UnreadableImage``.
        """
        if isinstance(inputs, (str, Path)):
            inputs = find_images([inputs]).values()
        elif isinstance(inputs, np.ndarray):
            inputs = [inputs]
        loader = getattr(self.pipeline.transforms[0], 'from_file', self.pipeline.transforms[0])
        loaded = self._load(inputs, on_unreadable)
        while batch := list(itertools.islice(loaded, self.batch_size)):
            for prediction in self.predict_batch(batch, probabilities):
                empty = None if prediction.source is None else pixels_without_data(prediction.source, loader)
                fits = empty is not None and empty.shape == prediction.labels.shape
                yield replace(prediction, no_data=empty) if fits else prediction

    def _load(self, images: Iterable[Image], on_unreadable) -> Iterator[tuple[str | None, dict]]:
        """The source and the pipeline's output of each image that can be read."""
        for image in images:
            source = None if isinstance(image, np.ndarray) else str(image)
            if source is None:
                self._check_array(image)
            try:
                data = self.pipeline(dict(img=image) if source is None else dict(img_path=source))
            # of mmcv's loader; the last two are for bytes that are no image, and for an empty file
            except (OSError, AssertionError, cv2.error) as error:
                reason = one_line(error) if isinstance(error, OSError) else 'OpenCV cannot decode it'
                problem = UnreadableImage(f"{source or 'array'}: not read: {reason}")
                if on_unreadable is None:
                    raise problem from error
                on_unreadable(problem)
                continue
            self.check_channels(source, data)
            yield source, data

    def check_channels(self, source: str | None, data: dict) -> None:
        """ValueError if what the pipeline gives has another number of channels than the network takes."""
        if len(data['inputs']) not in (1, self.network.channels):
            raise ValueError(f"{source or 'array'}: the test pipeline gives {len(data['inputs'])} channels, the "
                             f'network takes {self.network.channels}; give images like those of the training')

    def _check_array(self, image: np.ndarray) -> None:
        channels = self.network.channels
        if image.shape[2:] != (channels, ) and not (channels == 1 and image.ndim == 2):
            raise ValueError(f'an array of shape {image.shape} is no image of this network; give '
                             f'(H, W, {channels}){", BGR" if channels == 3 else ""}')
        if not self.takes_arrays:
            raise ValueError('the test pipeline has no LoadImageFromFile: give paths of images, not arrays')

    def predict_batch(self, batch: list[tuple[str | None, dict]], probabilities: bool = False) -> list[Prediction]:
        """Predictions for the images of one batch, given by source and the pipeline's output, in their order."""
        groups: dict[tuple, list[int]] = {}
        for index, (_, data) in enumerate(batch):
            groups.setdefault(data['inputs'].shape, []).append(index)
        predictions: dict[int, Prediction] = {}
        for indices in groups.values():
            found = self.network.predict([batch[index][1] for index in indices], probabilities)
            predictions.update(zip(indices, found))
        return [replace(predictions[index], source=source) for index, (source, _) in enumerate(batch)]

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
