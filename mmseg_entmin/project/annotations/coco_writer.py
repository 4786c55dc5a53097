# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes COCO JSON with run lengths, which keep holes, thin lines and overlaps."""
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmseg_entmin.atomic import write_atomic

from .polygons import mask_library
from .writing import Labels, Picture


class CocoWriter:
    """One file, annotations.json; the ids of the classes are their places in `labels`, from 1 on."""

    def __init__(self, out: Path, labels: Labels) -> None:
        self.path, self.labels, self.library = out / 'annotations.json', labels, mask_library()
        self.images: list[dict] = []
        self.annotations: list[dict] = []

    def files(self, below: Sequence[str]) -> list[Path]:
        return [self.path]

    def add(self, picture: Picture) -> None:
        image = len(self.images) + 1
        self.images.append(dict(id=image, file_name=picture.below, width=picture.size[0], height=picture.size[1]))
        for name, shown in picture.regions:
            code = self.library.encode(np.asfortranarray(shown, np.uint8))
            self.annotations.append(dict(
                id=len(self.annotations) + 1, image_id=image, category_id=self.labels.names.index(name) + 1,
                segmentation=dict(size=list(shown.shape), counts=code['counts'].decode('ascii')),
                area=int(shown.sum()), bbox=self.library.toBbox(code).tolist(), iscrowd=0))

    def finish(self) -> list[str]:
        categories = [dict(id=number, name=name, supercategory='')
                      for number, name in enumerate(self.labels.names, start=1)]
        write_atomic(json.dumps(dict(images=self.images, annotations=self.annotations, categories=categories),
                                ensure_ascii=False).encode(), self.path)
        return [f'Import {self.path} as COCO JSON, for example in CVAT as COCO 1.0, where masks stay masks']
