# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from mmseg_entmin._moved import moved_names

from .cls_heads import *  # noqa: F403
from .data_preprocessors import *  # noqa: F403
from .decode_heads import *  # noqa: F403
from .discriminators import *  # noqa: F403
from .generators import *  # noqa: F403
from .losses import *  # noqa: F403
from .mmseg_fixes import mend_mmseg
from .segmentors import *  # noqa: F403

mend_mmseg()

__getattr__ = moved_names(__name__)
