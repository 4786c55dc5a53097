# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The writers by the names of their formats."""
from pathlib import Path

from .coco_writer import CocoWriter
from .cvat_writer import CvatWriter
from .label_studio_writer import LabelStudioWriter
from .labelme_writer import LabelmeWriter
from .writing import Labels, Writer

FORMATS = ('coco', 'cvat', 'label-studio', 'labelme')


def open_writer(form: str, out: Path, labels: Labels, images: Path, url: str | None = None) -> Writer:
    """The writer of a format for images of a folder; ``url`` is for Label Studio, see `LabelStudioWriter`."""
    if form == 'label-studio':
        return LabelStudioWriter(out, labels, images, url)
    return dict(coco=CocoWriter, cvat=CvatWriter, labelme=LabelmeWriter)[form](out, labels)
