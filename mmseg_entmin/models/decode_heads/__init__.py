# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .deeplabv2_head import DeepLabV2Head
from .reconstruction_head import ReconstructionHead
from .uncertainty_head import UncertaintyHead

__all__ = ['DeepLabV2Head', 'ReconstructionHead', 'UncertaintyHead']
