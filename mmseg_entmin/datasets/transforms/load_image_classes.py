# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Weak labels: which classes an image shows."""
import csv
from pathlib import Path

from mmcv.transforms import BaseTransform

from mmseg_entmin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadImageClasses(BaseTransform):
    """Loads the classes of an image from a CSV file, for ``SemiGAN(weak_labels=True)``.

    A row is the file name of an image without its suffix, then the indices of the classes that the image shows, with
    the background where there is one: ``0001,0,3``. The last step of the pipeline must pass them on:
    ``meta_keys=(..., 'image_classes')``.

    Args:
        file: path of the CSV file, UTF-8.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a row without a class, or a class that is no index; an image without a row.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        with open(file, newline='', encoding='utf-8') as rows:
            self.classes = dict(self.read(row) for row in csv.reader(rows) if row)

    def read(self, row: list[str]) -> tuple[str, list[int]]:
        """Name of an image and its classes."""
        name, *classes = (cell.strip() for cell in row)
        if not classes or not all(cell.isdigit() for cell in classes):
            raise ValueError(f"{self.file}: the row {','.join(row)!r} is not a name and indices of classes, as in "
                             "'0001,0,3'")
        return name, [int(cell) for cell in classes]

    def transform(self, results: dict) -> dict:
        """Adds ``image_classes``, a list of indices."""
        name = Path(results['img_path']).stem
        if name not in self.classes:
            raise ValueError(f'{self.file}: no row for the image {name!r}; add one, or leave the image out of the list')
        return {**results, 'image_classes': self.classes[name]}

    def __repr__(self) -> str:
        return f'{type(self).__name__}(file={self.file!r})'
