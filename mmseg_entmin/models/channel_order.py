# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Number and order of the channels that a network takes."""
from torch import nn


def is_bgr(preprocessor: nn.Module) -> bool:
    """Whether a ``SegDataPreProcessor``, of any mmseg, leaves the images in BGR, the order in which mmcv reads them."""
    name = '_channel_conversion' if hasattr(preprocessor, '_channel_conversion') else 'channel_conversion'
    return not getattr(preprocessor, name)


def input_channels(segmentor: nn.Module) -> int:
    """Channels of the images: the number of values of ``mean``, or if that is one, what the first convolution takes."""
    preprocessor = segmentor.data_preprocessor
    if getattr(preprocessor, '_enable_normalize', False) and len(preprocessor.mean) > 1:
        return len(preprocessor.mean)
    convolutions = (module for module in segmentor.backbone.modules() if isinstance(module, nn.Conv2d))
    return next((module.in_channels for module in convolutions), 3)
