# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One forward of a trained segmentor, with the outputs of all its heads."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.dataset import pseudo_collate
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn

from mmseg_entmin.models.channel_order import input_channels
from mmseg_entmin.models.decode_heads import UncertaintyHead
from mmseg_entmin.models.encoder_stages import encoder_modules, record_outputs
from mmseg_entmin.models.losses.fused import gradient_map
from mmseg_entmin.models.segmentors import EntMin

from .prediction import Prediction, predict


class Network:
    """Runs a segmentor as mmseg's test does, on the whole image or in a sliding window, and records its heads.

    Over sliding windows, variance and features are averaged, as mmseg averages the logits; the presence of a class is
    the largest over the windows. An ``EntMinConsistency`` predicts with its EMA teacher: the variance is the teacher's,
    and the presence comes from the student's classification head (which has no average) on the teacher's features, or
    with ``class_refinement`` on the student's.

    Args:
        model: an mmseg ``EncoderDecoder`` in eval mode; ValueError for another model, for one with one channel for two
            classes, and for more than 255 classes.
        gradients: add the sum over the encoder's stages of ``gradient_map``. Default False.
    """

    def __init__(self, model: nn.Module, gradients: bool = False) -> None:
        if not isinstance(model, EncoderDecoder):
            raise ValueError(f'{type(model).__name__} is no EncoderDecoder; give a config of one')
        if model.out_channels < 2:
            raise ValueError(f'{type(model.decode_head).__name__} has out_channels={model.out_channels}: softmax needs '
                             'a channel for each class, set out_channels=num_classes and train again')
        if model.out_channels > 255:
            raise ValueError(f'{model.out_channels} classes: a mask of 8 bits holds 255, beside ignored pixels')
        self.model, self.test_cfg, self.align_corners = model, model.test_cfg, model.align_corners
        self.channels = input_channels(model)
        parts = getattr(model, 'predictor', model)
        self.backbone = parts.backbone
        self.stages = stages_of(model, self.backbone)
        self.heads = [parts.decode_head] if isinstance(parts.decode_head, UncertaintyHead) else []
        self.cls_head = getattr(model, 'cls_head', None) if isinstance(model, EntMin) else None
        self.classifier = getattr(model, 'classifier', None)  # of S4GAN, with an encoder of its own
        self.gradients = gradients
        # mmseg's sliding window allocates this number of channels
        self.out_channels = model.out_channels * (2 if self.heads else 1) + gradients
        self.windows: list[tuple[Tensor | None, Tensor]] = []

    def __call__(self, inputs: Tensor, batch_img_metas: Sequence[dict]) -> tuple[Tensor, Tensor | None, Tensor]:
        """Dense outputs, presence (N, C) or None, and features (N, D) for preprocessed images (N, channels, H, W).

        The dense outputs (N, ., H, W) are resized together: logits (C channels), variance (C) if there is one, and
        gradient (1) if it was asked for.
        """
        self.windows.clear()
        dense = EncoderDecoder.inference(self, inputs, batch_img_metas)
        windows, features = zip(*self.windows)
        self.windows.clear()
        presence = None
        if self.cls_head is not None:
            presence = torch.stack(windows).amax(dim=0)
        elif self.classifier is not None:
            presence = self.classifier.predict(inputs)
        return dense, presence, torch.stack(features).mean(dim=0)

    @torch.no_grad()
    def predict(self, batch: Sequence[dict], probabilities: bool = False) -> list[Prediction]:
        """Predictions, in order, for the outputs of a test pipeline for images of one size."""
        data = self.model.data_preprocessor(pseudo_collate(batch), False)
        samples = data['data_samples']
        dense, presences, features = self(data['inputs'], [sample.metainfo for sample in samples])
        self.model.postprocess_result(dense, samples)  # removes the padding and resizes to the original size
        refine = getattr(self.model, 'class_refinement', None)
        predictions = []
        for row, sample in enumerate(samples):
            logits, variance, gradient = self.split(sample.seg_logits.data)
            presence = None if presences is None else presences[row]
            if refine is not None:
                logits = refine(logits, presence)
            predictions.append(predict(sample.metainfo.get('img_path'), logits, variance, presence, features[row],
                                       gradient, probabilities))
        return predictions

    def split(self, dense: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Logits and variance (C, H, W), and gradient (H, W), of one image; None for a missing one."""
        gradient, dense = (dense[-1], dense[:-1]) if self.gradients else (None, dense)
        return (*(dense.chunk(2) if self.heads else (dense, None)), gradient)

    # EncoderDecoder.inference calls these.
    whole_inference = EncoderDecoder.whole_inference
    slide_inference = EncoderDecoder.slide_inference

    def encode_decode(self, inputs: Tensor, batch_img_metas: Sequence[dict]) -> Tensor:
        """The dense outputs for one window; presence and features are appended to ``windows``."""
        classifiers = [] if self.cls_head is None else [self.cls_head]
        with record_outputs(self.stages or [self.backbone]) as maps, record_outputs(self.heads) as heads, \
                record_outputs(classifiers) as classified:
            logits = self.model.encode_decode(inputs, batch_img_metas)
        maps = maps if self.stages else maps[0]
        presence = None
        if classifiers:
            cls_mean, _ = classified[0] if classified else self.cls_head(maps)  # refinement has run it already
            presence = self.cls_head.predict(cls_mean)
        self.windows.append((presence, maps[-1].mean(dim=(2, 3))))
        size = logits.shape[2:]
        dense = [logits, *(F.interpolate(variance, size, mode='bilinear', align_corners=self.align_corners)
                           for _, variance in heads[:1])]
        if self.gradients:
            dense.append(sum(F.interpolate(gradient_map(stage), size, mode='bilinear') for stage in maps))
        return torch.cat(dense, dim=1)


def stages_of(model: nn.Module, backbone: nn.Module) -> list[nn.Module]:
    """The encoder stages of ``backbone``, the model's or its teacher's; empty if they are its outputs."""
    if not isinstance(model, EntMin):
        return encoder_modules(backbone)
    names = {module: name for name, module in model.backbone.named_modules()}
    return [backbone.get_submodule(names[module]) for module in model.encoder_modules]
