# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How far an exported network is from what mmseg's test predicts."""
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
    """What a file must give for RGB images (N, 3, H, W): logits by mmseg's own test, through its preprocessor, in mode
    'whole', and the network's variance, which mmseg does not have."""
    height, width = images.shape[2:]
    meta = dict(img_shape=(height, width), ori_shape=(height, width))
    inputs = segmentor.data_preprocessor(dict(
        inputs=[image.flip(0) for image in images],
        data_samples=[SegDataSample(metainfo=meta) for _ in images]), False)['inputs']
    # The preprocessor pads less if the config does not ask for it, and a UNet then refuses the images.
    bottom, right = (round_up(side, network.multiple) - side for side in inputs.shape[2:])
    inputs = F.pad(inputs, (0, right, 0, bottom), value=network.pad_value)
    metas = [dict(meta, img_shape=inputs.shape[2:])] * len(images)
    logits = segmentor.encode_decode(inputs, metas)[:, :, :height, :width]
    return (logits, network(images)[1]) if network.variance else (logits, )


def random_batches(network: DeployNetwork, size: tuple[int, int] | None = None) -> list[Tensor]:
    """Random images in batches of 1 to 3: of sizes that are multiples and that are not, or of one size."""
    generator = torch.Generator().manual_seed(0)
    small, large = round_up(64, network.multiple), round_up(120, network.multiple)
    sizes = [size] * 3 if size else [(small, small), (large, small), (small + 3, large - 5)]
    return [255 * torch.rand(count, 3, *shape, generator=generator) for count, shape in zip((1, 2, 3), sizes)]


def largest_differences(segmentor: EncoderDecoder, network: DeployNetwork, function: Function,
                        batches: Iterable[Tensor]) -> dict[str, float]:
    """The largest absolute difference of each output over all images; infinite where a value is not a number.

    Raises:
        ValueError: an output of another shape.
    """
    largest = dict.fromkeys(network.output_names, 0.)
    for images in batches:
        for name, truth, output in zip(largest, expected(segmentor, network, images), function(images)):
            if output.shape != truth.shape:
                raise ValueError(f'{name} of images {tuple(images.shape)} is {tuple(output.shape)}, '
                                 f'must be {tuple(truth.shape)}')
            difference = (output - truth).abs().nan_to_num(nan=torch.inf).max().item()
            largest[name] = max(largest[name], difference)
    return largest
