# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from mmseg_entmin._moved import moved_names

from .cls_heads import *  # noqa: F403
from .data_preprocessors import *  # noqa: F403
from .decode_heads import *  # noqa: F403
from .discriminators import *  # noqa: F403
from .losses import *  # noqa: F403
from .segmentors import *  # noqa: F403
from .timm_backbones import support_channels_last

support_channels_last()

__getattr__ = moved_names(__name__)
