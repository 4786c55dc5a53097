# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes a LabelMe JSON per image, with shapes of type mask, which keep holes, thin lines and overlaps."""
import base64
import io
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from mmseg_entmin.atomic import write_atomic

from .export import bounding_box
from .writing import Labels, Picture, relative

VERSION = '6.3.1'  # of labelme, with which the files were opened


class LabelmeWriter:
    """NAME.json for each image, and labels.txt with the classes."""

    def __init__(self, out: Path, labels: Labels) -> None:
        self.out, self.labels = out, labels

    def files(self, below: Sequence[str]) -> list[Path]:
        return [self.out / 'labels.txt', *map(self.file, below)]

    def file(self, below: str) -> Path:
        return self.out / PurePosixPath(below).with_suffix('.json')

    def add(self, picture: Picture) -> None:
        path = self.file(picture.below)
        document = dict(
            version=VERSION, flags={}, shapes=[shape(name, shown) for name, shown in picture.regions if shown.any()],
            imagePath=relative(picture.file, path.parent), imageData=None, imageHeight=picture.size[1],
            imageWidth=picture.size[0])
        write_atomic(json.dumps(document, ensure_ascii=False, indent=1).encode(), path)

    def finish(self) -> list[str]:
        write_atomic(''.join(f'{name}\n' for name in self.labels.names).encode(), self.out / 'labels.txt')
        return [f'Open them in LabelMe: labelme IMAGES --output {self.out} --labels {self.out / "labels.txt"}; where '
                'images are in several folders, open one at a time']


def shape(name: str, shown: np.ndarray) -> dict:
    """The shape of a mask: the corner pixels of its box, and its part of the picture as PNG."""
    rows, columns = bounding_box(shown)
    data = io.BytesIO()
    Image.fromarray(shown[rows, columns].astype(np.uint8)).save(data, 'PNG')
    return dict(label=name, points=[[int(columns.start), int(rows.start)], [int(columns.stop) - 1, int(rows.stop) - 1]],
                group_id=None, description='', shape_type='mask', flags={},
                mask=base64.b64encode(data.getvalue()).decode('ascii'))
