# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One forward of a trained segmentor, and the predictions for its images."""
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import torch
from mmengine.dataset import pseudo_collate
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn

from mmseg_entmin.models.channel_order import input_channels
from mmseg_entmin.models.logits import resize_logits

from .core import Core
from .prediction import OUTPUTS, Prediction, predict


class Forwarded(NamedTuple):
    """What the network computed for a batch: maps (N, ., h, w) that become those of images of ``size``, presence
    (N, C) or None, features (N, D) or None, and what the pipeline said of each image."""

    dense: Tensor
    size: Sequence[int]
    presence: Tensor | None
    features: Tensor | None
    metas: Sequence[dict]


class Network:
    """Runs a segmentor as mmseg's test does, on the whole image or in a sliding window.

    Over sliding windows, variance and features are averaged, as mmseg averages the logits; the presence of a class is
    the largest over the windows. An ``EntMinConsistency`` predicts with its EMA teacher: the variance is the teacher's,
    and the presence comes from the student's classification head (which has no average) on the teacher's features, or
    with ``class_refinement`` on the student's.

    Args:
        model: an mmseg ``EncoderDecoder`` in eval mode; ValueError for another model, for one with one channel for two
            classes, and for more than 255 classes.
        outputs: names of what is computed beside the labels, of ``OUTPUTS`` and 'gradient', the sum over the encoder's
            stages of ``gradient_map``; ValueError for another name. Default: ``OUTPUTS``.
    """

    def __init__(self, model: nn.Module, outputs: Collection[str] = OUTPUTS) -> None:
        if not isinstance(model, EncoderDecoder):
            raise ValueError(f'{type(model).__name__} is no EncoderDecoder; give a config of one')
        if model.out_channels < 2:
            raise ValueError(f'{type(model.decode_head).__name__} has out_channels={model.out_channels}: softmax needs '
                             'a channel for each class, set out_channels=num_classes and train again')
        if model.out_channels > 255:
            raise ValueError(f'{model.out_channels} classes: a mask of 8 bits holds 255, beside ignored pixels')
        if unknown := sorted({*outputs} - {*OUTPUTS, 'gradient'}):
            raise ValueError(f"outputs: there is no '{unknown[0]}'; choose from {', '.join(OUTPUTS)}, gradient")
        self.model, self.test_cfg, self.align_corners = model, model.test_cfg, model.align_corners
        self.channels = input_channels(model)
        self.classifier = getattr(model, 'classifier', None)  # of S4GAN, with an encoder of its own
        self.refine = getattr(model, 'class_refinement', None)
        self.outputs = {*outputs, *(['presence'] if self.refine is not None else [])}
        self.core = Core(model, self.outputs)
        self.run: Callable[[Tensor], dict[str, Tensor]] = self.core
        # mmseg's sliding window allocates this number of channels
        self.out_channels = model.out_channels * (1 + ('variance' in self.core.names)) + (
            'gradient' in self.core.names)
        self.windows: list[dict[str, Tensor]] = []

    @property
    def has_variance(self) -> bool:
        return self.core.has_variance

    @property
    def has_presence(self) -> bool:
        return self.core.cls_head is not None or self.classifier is not None

    @torch.no_grad()
    def forward(self, batch: Sequence[dict]) -> Forwarded:
        """One forward for the outputs of a test pipeline for images of one size."""
        data = self.model.data_preprocessor(pseudo_collate(batch), False)
        inputs, metas = data['inputs'], [sample.metainfo for sample in data['data_samples']]
        self.windows.clear()
        if (self.test_cfg or {}).get('mode', 'whole') == 'whole':
            dense = self.dense(inputs)
        else:
            dense = EncoderDecoder.inference(self, inputs, metas)
        windows, self.windows = self.windows, []
        presence = features = None
        if 'presence' in self.core.names:
            presence = torch.stack([window['presence'] for window in windows]).amax(dim=0)
        elif self.classifier is not None and 'presence' in self.outputs:
            presence = self.classifier.predict(inputs)
        if 'features' in self.core.names:
            features = torch.stack([window['features'] for window in windows]).mean(dim=0)
        return Forwarded(dense, inputs.shape[2:], presence, features, metas)

    @torch.no_grad()
    def finish(self, forwarded: Forwarded, probabilities: bool = False) -> list[Prediction]:
        """The predictions for the images of a batch, in order."""
        predictions = []
        for row, meta in enumerate(forwarded.metas):
            presence = None if forwarded.presence is None else forwarded.presence[row]
            dense = self.restored(forwarded.dense[row:row + 1], forwarded.size, meta)
            dense, gradient = (dense[:-1], dense[-1]) if 'gradient' in self.core.names else (dense, None)
            logits, variance = dense.chunk(2) if 'variance' in self.core.names else (dense, None)
            if self.refine is not None:
                logits = self.refine(logits, presence)
            predictions.append(predict(
                meta.get('img_path'), logits, variance, presence,
                None if forwarded.features is None else forwarded.features[row], gradient,
                {*self.outputs, *(['probabilities'] if probabilities else [])}))
        return predictions

    def predict(self, batch: Sequence[dict], probabilities: bool = False) -> list[Prediction]:
        """Predictions, in order, for the outputs of a test pipeline for images of one size."""
        return self.finish(self.forward(batch), probabilities)

    def dense(self, inputs: Tensor) -> Tensor:
        """The maps of one window, (N, ., h, w); its other outputs are appended to ``windows``."""
        found = self.run(inputs)
        self.windows.append(found)
        maps = [found[name] for name in ('logits', 'variance', 'gradient') if name in found]
        sizes = {each.shape[2:] for each in maps}
        if len(sizes) > 1:
            maps = [resize_logits(each, inputs.shape[2:], self.align_corners) for each in maps]
        return torch.cat(maps, dim=1) if len(maps) > 1 else maps[0]

    # EncoderDecoder.inference calls these.
    whole_inference = EncoderDecoder.whole_inference
    slide_inference = EncoderDecoder.slide_inference

    def encode_decode(self, inputs: Tensor, batch_img_metas: Sequence[dict]) -> Tensor:
        """The maps of one window at its size, (N, ., H, W)."""
        return resize_logits(self.dense(inputs), inputs.shape[2:], self.align_corners)

    def restored(self, dense: Tensor, size: Sequence[int], meta: dict) -> Tensor:
        """Maps (1, ., h, w) of one image at its original size, (., H, W), as mmseg restores its logits: resized to the
        network's input of `size`, cut to what is no padding, turned back, and resized to the image.

        On a CPU the classes of a pixel are beside each other in memory, where their largest is found fastest.
        """
        if dense.device.type == 'cpu':
            dense = dense.contiguous(memory_format=torch.channels_last)
        dense = resize_logits(dense, size, self.align_corners)
        left, right, top, bottom = meta.get('img_padding_size', meta.get('padding_size', [0] * 4))
        dense = dense[:, :, top:size[0] - bottom, left:size[1] - right]
        if meta.get('flip'):
            dense = dense.flip(3 if meta['flip_direction'] == 'horizontal' else 2)
        return resize_logits(dense, meta['ori_shape'], self.align_corners)[0]
