# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The order of the color channels that a network gets."""
from torch import nn


def is_bgr(preprocessor: nn.Module) -> bool:
    """Whether the images stay in BGR, the order in which mmcv reads them.

    Args:
        preprocessor: mmseg's ``SegDataPreProcessor``; its attribute differs between mmseg 1.2.2 and the maintained one.
    """
    name = '_channel_conversion' if hasattr(preprocessor, '_channel_conversion') else 'channel_conversion'
    return not getattr(preprocessor, name)
