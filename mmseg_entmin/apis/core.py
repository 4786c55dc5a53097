# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a segmentor computes for an image, at its own resolution: only the outputs that are asked for."""
from collections.abc import Collection, Sequence

import torch.nn.functional as F
from mmseg.models.backbones import UNet
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn

from mmseg_entmin.models.decode_heads import UncertaintyHead
from mmseg_entmin.models.decode_heads.head_logits import PREDICTING, logits_of
from mmseg_entmin.models.encoder_stages import decode, encode, encoder_maps, encoder_modules, maps_of, record_outputs
from mmseg_entmin.models.losses.fused import gradient_map
from mmseg_entmin.models.module_states import attribute
from mmseg_entmin.models.segmentors import EntMin, SemiSupervisedSegmentor


class Core(nn.Module):
    """From preprocessed images (N, channels, H, W) to outputs by name: 'logits' (N, C, h, w), and those asked for.

    These are 'variance' (N, C, h, w), of an ``UncertaintyHead``; 'presence' (N, C), of a classification head;
    'features' (N, D), the encoder's last map averaged over the image; 'gradient' (N, 1, H, W), the sum over the
    encoder's stages of ``gradient_map``. h and w are the network's resolution, or H and W where the segmentor has a
    test of its own, like a cascade.

    Args:
        model: an mmseg ``EncoderDecoder`` in eval mode.
        outputs: names; those that the model does not have are left out.
    """

    def __init__(self, model: EncoderDecoder, outputs: Collection[str]) -> None:
        super().__init__()
        parts = getattr(model, 'predictor', model)
        self.backbone, self.neck, self.decode_head = parts.backbone, getattr(parts, 'neck', None), parts.decode_head
        self.stages = stages_of(model, self.backbone)
        self.cls_head = getattr(model, 'cls_head', None) if isinstance(model, EntMin) else None
        self.has_variance = isinstance(parts.decode_head, UncertaintyHead)
        possible = dict(variance=self.has_variance, presence=self.cls_head is not None, features=True, gradient=True)
        self.names = [name for name in possible if possible[name] and name in outputs]
        self.whole = None if is_plain(model, parts) else model

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        maps, logits, variance, cls_mean = (self.own if self.whole is None else self.of_mmseg)(images)
        found = dict(logits=logits)
        for name in self.names:
            if name == 'variance':
                found[name] = variance
            elif name == 'presence':
                found[name] = self.cls_head.predict(self.cls_head(maps)[0] if cls_mean is None else cls_mean)
            elif name == 'features':
                found[name] = maps[-1].mean(dim=(2, 3))
            else:
                found[name] = sum(F.interpolate(gradient_map(stage), images.shape[2:], mode='bilinear')
                                  for stage in maps)
        return found

    def own(self, images: Tensor) -> tuple:
        """Maps of the encoder, logits, variance or None, and None."""
        maps, outputs = None, None
        if not set(self.names) - {'variance'}:
            outputs = self.backbone(images)
        elif isinstance(self.backbone, UNet) and self.stages == list(self.backbone.encoder):
            maps = encode(self.backbone, images)  # without hooks, which cannot be exported
            outputs = decode(self.backbone, maps)
        elif self.stages:
            maps, outputs = encoder_maps(self.backbone, self.stages, images)
        else:
            outputs = self.backbone(images)
            maps = maps_of(self.backbone, outputs)
        inputs = outputs if self.neck is None else self.neck(outputs)
        if not self.has_variance:
            return maps, logits_of(self.decode_head, self.decode_head(inputs)), None, None
        if 'variance' in self.names:
            return maps, *self.decode_head(inputs)[:2], None
        with attribute([self.decode_head.head.conv_seg], 'with_variance', False):
            return maps, self.decode_head(inputs)[0], None, None

    def of_mmseg(self, images: Tensor) -> tuple:
        """The same from the segmentor's own test, at the size of the images; the last is of a classification head."""
        heads = [self.decode_head] if self.has_variance else []
        with record_outputs(self.stages or [self.backbone]) as maps, record_outputs(heads) as outputs, \
                record_outputs([] if self.cls_head is None else [self.cls_head]) as classified:
            logits = self.whole.encode_decode(images, [dict(img_shape=images.shape[2:])] * len(images))
        variance = F.interpolate(outputs[0][1], logits.shape[2:], mode='bilinear',
                                 align_corners=self.decode_head.align_corners) if heads else None
        maps = maps if self.stages else maps_of(self.backbone, maps[0])
        return maps, logits, variance, classified[0][0] if classified else None  # refinement has run it already


def is_plain(model: EncoderDecoder, parts: nn.Module) -> bool:
    """Whether the test of a segmentor is its parts' backbone, neck and head, and the resizing of their logits."""
    head = parts.decode_head
    inner = head.head if isinstance(head, UncertaintyHead) else head
    tests = (EncoderDecoder.encode_decode, SemiSupervisedSegmentor.encode_decode, EntMin.encode_decode)
    refines = getattr(model, 'class_refinement', None) is not None
    return (type(model).encode_decode in tests and not (refines and parts is not model)  # that is by the student's maps
            and isinstance(inner, BaseDecodeHead) and type(inner).predict_by_feat is BaseDecodeHead.predict_by_feat
            and (isinstance(head, tuple(PREDICTING)) or type(head).predict is BaseDecodeHead.predict))


def stages_of(model: nn.Module, backbone: nn.Module) -> Sequence[nn.Module]:
    """The encoder stages of ``backbone``, the model's or its teacher's; empty if they are its outputs."""
    if not isinstance(model, EntMin):
        return encoder_modules(backbone)
    names = {module: name for name, module in model.backbone.named_modules()}
    return [backbone.get_submodule(names[module]) for module in model.encoder_modules]
