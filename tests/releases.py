# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Small files in the form of public releases of data sets."""
import numpy as np
from PIL import Image


def save(path, array, **kwargs):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(array, np.uint8)).save(path, **kwargs)


def random_image(rng, height=12, width=16):
    return rng.randint(0, 256, (height, width, 3))


def write_list(path, stems):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(stems) + '\n')
