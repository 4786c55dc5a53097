# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes tasks for Label Studio, with the regions as predictions of brush strokes, and the labeling config for them."""
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from mmseg_entmin.atomic import write_atomic

from .brush_rle import encode
from .export import Region
from .writing import Labels, Picture

LOCAL = '/data/local-files/?d='  # Label Studio's address of files below its document root
TAG, IMAGE = 'tag', 'image'


class LabelStudioWriter:
    """tasks.json and labeling_config.xml.

    Args:
        out: folder of the files.
        labels: the classes.
        folder: the folder of the images. Label Studio serves it from the folder above it.
        url: address before the paths of the images, in place of that of local files.
        predictions: whether tasks have predictions; without them they are to be annotated from scratch.
    """

    def __init__(self, out: Path, labels: Labels, folder: Path, url: str | None = None,
                 predictions: bool = True) -> None:
        self.tasks, self.config = out / 'tasks.json', out / 'labeling_config.xml'
        self.labels, self.folder, self.url, self.predictions = labels, folder.resolve(), url, predictions
        self.texts: list[str] = []

    def files(self, below: Sequence[str]) -> list[Path]:
        return [self.tasks, self.config]

    def add(self, picture: Picture) -> None:
        task = dict(data={IMAGE: self.address(picture.below)})
        if self.predictions:
            results = [result(f'{len(self.texts)}_{number}', region, picture.size)
                       for number, region in enumerate(picture.regions)]
            task['predictions'] = [dict(model_version='mmseg_entmin', result=results)]
        self.texts.append(json.dumps(task, ensure_ascii=False))

    def address(self, below: str) -> str:
        if self.url is not None:
            return self.url + quote(below)
        return LOCAL + quote(str(PurePosixPath(self.folder.name, below)))

    def finish(self) -> list[str]:
        colors = self.labels.hex()
        lines = ['<View>', f'  <Image name="{IMAGE}" value="${IMAGE}" zoom="true"/>',
                 f'  <BrushLabels name="{TAG}" toName="{IMAGE}">',
                 *(f'    <Label value={quoteattr(name)} background="{colors[name]}"/>' for name in self.labels.names),
                 '  </BrushLabels>', '</View>', '']
        write_atomic('\n'.join(lines).encode(), self.config)
        write_atomic(('[' + ',\n'.join(self.texts) + ']\n').encode(), self.tasks)
        notes = [f'In Label Studio, paste {self.config} as the labeling interface of a project and import {self.tasks}']
        if self.url is None:
            notes += [f"Start it with LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and "
                      f"LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT='{self.folder.parent}', and add '{self.folder}' as a "
                      'source storage of local files']
        return notes


def result(name: str, region: Region, size: tuple[int, int]) -> dict:
    """One region as Label Studio's result."""
    return dict(id=name, type='brushlabels', from_name=TAG, to_name=IMAGE, original_width=size[0],
                original_height=size[1], image_rotation=0,
                value=dict(format='rle', rle=encode(region.shown), brushlabels=[region.name]))
