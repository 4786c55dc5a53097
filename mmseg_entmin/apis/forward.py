# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One forward of a trained segmentor, with everything that its heads say."""
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from mmengine.dataset import pseudo_collate
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn

from mmseg_entmin.models.decode_heads import UncertaintyHead
from mmseg_entmin.models.encoder_stages import encoder_modules, record_outputs
from mmseg_entmin.models.losses.fused import gradient_map
from mmseg_entmin.models.segmentors import EntMin

from .prediction import Prediction, predict

MAX_CLASSES = 255


@dataclass
class Outputs:
    """What one forward says about N images and C classes, at the size of the network's input.

    Attributes:
        dense: logits (N, C, H, W), and below them, to be resized as they are, their variance (N, C, H, W) if there is
            one, and the gradient of the features (N, 1, H, W) if it was asked for.
        presence: p_c of each class, (N, C), in 0..1; None without a classification head. Softmax makes them share 1.
        features: the encoder's last map averaged over the image, (N, D).
    """

    dense: Tensor
    presence: Tensor | None
    features: Tensor


class Network:
    """Runs a segmentor as mmseg's test does, on the whole image or in a sliding window, and listens to its heads.

    In a sliding window, the variance is averaged over the windows as mmseg averages the logits, and so are the
    features; a class is as present as in the window that shows it best.

    The predictions of a :class:`EntMinConsistency` are its teacher's: the teacher's variance, and the student's
    classification head, of which there is no average, on the teacher's encoder. (With ``class_refinement`` the model
    runs the student as well, in a forward of its own, and the presence is the student's.)

    Args:
        model: any mmseg ``EncoderDecoder``, in eval mode.
        gradients: give the sum over the encoder's stages of :func:`gradient_map`, at the size of the input. Default
            False.

    Raises:
        ValueError: a model that is no ``EncoderDecoder``, with one channel for two classes, or with more than 255.
    """

    def __init__(self, model: nn.Module, gradients: bool = False) -> None:
        if not isinstance(model, EncoderDecoder):
            raise ValueError(f'{type(model).__name__} is no EncoderDecoder; give a config of one')
        if model.out_channels < 2:
            raise ValueError(f'{type(model.decode_head).__name__} has out_channels={model.out_channels}: softmax needs '
                             'a channel for each class, set out_channels=num_classes and train again')
        if model.out_channels > MAX_CLASSES:
            raise ValueError(f'{model.out_channels} classes: a mask of 8 bits holds {MAX_CLASSES}, and 255 for void')
        self.model = model
        self.test_cfg = model.test_cfg
        self.align_corners = model.align_corners
        parts = getattr(model, 'predictor', model)
        self.backbone = parts.backbone
        self.stages = stages_of(model, self.backbone)
        self.heads = [parts.decode_head] if isinstance(parts.decode_head, UncertaintyHead) else []
        self.cls_head = getattr(model, 'cls_head', None) if isinstance(model, EntMin) else None
        self.classifier = getattr(model, 'classifier', None)  # of S4GAN, on its own
        # what mmseg's sliding window allocates
        self.gradients = gradients
        self.out_channels = model.out_channels * (2 if self.heads else 1) + gradients
        self.windows: list[tuple[Tensor | None, Tensor]] = []

    def __call__(self, inputs: Tensor, batch_img_metas: Sequence[dict]) -> Outputs:
        """Outputs for preprocessed images (N, 3, H, W) and their meta information."""
        self.windows.clear()
        dense = EncoderDecoder.inference(self, inputs, batch_img_metas)
        windows, features = zip(*self.windows)
        self.windows.clear()
        presence = None
        if self.cls_head is not None:
            presence = torch.stack(windows).amax(dim=0)
        elif self.classifier is not None:
            presence = self.classifier.predict(inputs)
        return Outputs(dense, presence, torch.stack(features).mean(dim=0))

    @torch.no_grad()
    def predict(self, batch: Sequence[dict], probabilities: bool = False) -> list[Prediction]:
        """Predictions, in their order, for what a test pipeline gives of images of one size."""
        data = self.model.data_preprocessor(pseudo_collate(batch), False)
        samples = data['data_samples']
        outputs = self(data['inputs'], [sample.metainfo for sample in samples])
        # takes the padding away and resizes to the original size
        self.model.postprocess_result(outputs.dense, samples)
        refine = getattr(self.model, 'class_refinement', None)
        predictions = []
        for row, sample in enumerate(samples):
            logits, variance, gradient = self.split(sample.seg_logits.data)
            presence = None if outputs.presence is None else outputs.presence[row]
            if refine is not None:
                logits = refine(logits, presence)
            predictions.append(predict(sample.metainfo.get('img_path'), logits, variance, presence,
                                       outputs.features[row], gradient, probabilities))
        return predictions

    def split(self, dense: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Logits and variance (C, H, W), and gradient (H, W), of one image; None for what there is not."""
        gradient = dense[-1] if self.gradients else None
        dense = dense[:-1] if self.gradients else dense
        return (*(dense.chunk(2) if self.heads else (dense, None)), gradient)

    # What EncoderDecoder.inference asks of a segmentor, beside the attributes above.
    whole_inference = EncoderDecoder.whole_inference
    slide_inference = EncoderDecoder.slide_inference

    def encode_decode(self, inputs: Tensor, batch_img_metas: Sequence[dict]) -> Tensor:
        """The model's logits for one window, and their variance below them if there is one; notes the rest."""
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
        below = [F.interpolate(variance, size, mode='bilinear', align_corners=self.align_corners)
                 for _, variance in heads[:1]]
        if self.gradients:
            below.append(sum(F.interpolate(gradient_map(stage), size, mode='bilinear') for stage in maps))
        return torch.cat([logits, *below], dim=1) if below else logits


def stages_of(model: nn.Module, backbone: nn.Module) -> list[nn.Module]:
    """The encoder stages of ``backbone``, the model's own or its teacher's copy; empty: its outputs are the stages."""
    if not isinstance(model, EntMin):
        return encoder_modules(backbone)
    names = {module: name for name, module in model.backbone.named_modules()}
    return [backbone.get_submodule(names[module]) for module in model.encoder_modules]
