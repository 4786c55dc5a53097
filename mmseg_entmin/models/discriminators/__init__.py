# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .image_discriminator import ImageDiscriminator
from .pixel_discriminator import PixelDiscriminator

__all__ = ['ImageDiscriminator', 'PixelDiscriminator']
