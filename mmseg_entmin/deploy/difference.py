# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The difference between an exported network and mmseg's test."""
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from mmseg.models.segmentors import EncoderDecoder
from mmseg.structures import SegDataSample
from torch import Tensor

from .deploy_network import DeployNetwork, round_up
from .formats import Function

TOLERANCE = 1e-4  # of logits and of variances


@torch.no_grad()
def expected(segmentor: EncoderDecoder, network: DeployNetwork, images: Tensor) -> tuple[Tensor, ...]:
    """The right outputs for images (N, channels, H, W): logits of mmseg's test in mode 'whole', and the variance."""
    height, width = images.shape[2:]
    meta = dict(img_shape=(height, width), ori_shape=(height, width))
    inputs = segmentor.data_preprocessor(dict(
        inputs=[image.flip(0) if network.channels == 3 else image for image in images],  # mmcv reads BGR
        data_samples=[SegDataSample(metainfo=meta) for _ in images]), False)['inputs']
    # A UNet may need more padding than the config asks for.
    bottom, right = (round_up(side, network.multiple) - side for side in inputs.shape[2:])
    inputs = F.pad(inputs, (0, right, 0, bottom), value=network.pad_value)
    metas = [dict(meta, img_shape=inputs.shape[2:])] * len(images)
    logits = segmentor.encode_decode(inputs, metas)[:, :, :height, :width]
    return (logits, network(images)[1]) if network.variance else (logits, )


def random_batches(network: DeployNetwork, size: tuple[int, int] | None = None) -> list[Tensor]:
    """Random images in batches of 1 to 3, of several sizes or of one size."""
    generator = torch.Generator().manual_seed(0)
    small, large = round_up(64, network.multiple), round_up(120, network.multiple)
    sizes = [size] * 3 if size else [(small, small), (large, small), (small + 3, large - 5)]
    return [network.white * torch.rand(count, network.channels, *shape, generator=generator)
            for count, shape in zip((1, 2, 3), sizes)]


def largest_differences(segmentor: EncoderDecoder, network: DeployNetwork, function: Function,
                        batches: Iterable[Tensor]) -> dict[str, float]:
    """The largest absolute difference of each output, infinite for NaN; ValueError for an output of another shape."""
    largest = dict.fromkeys(network.output_names, 0.)
    for images in batches:
        for name, truth, output in zip(largest, expected(segmentor, network, images), function(images)):
            if output.shape != truth.shape:
                raise ValueError(f'{name} of images {tuple(images.shape)} is {tuple(output.shape)}, '
                                 f'must be {tuple(truth.shape)}')
            difference = (output - truth).abs().nan_to_num(nan=torch.inf).max().item()
            largest[name] = max(largest[name], difference)
    return largest
