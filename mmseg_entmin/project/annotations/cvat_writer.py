# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes 'CVAT for images 1.1' with masks, which keep holes, thin lines and overlaps."""
import json
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from mmseg_entmin.atomic import write_atomic

from .export import bounding_box
from .run_lengths import counts_of
from .writing import Labels, Picture


class CvatWriter:
    """annotations.xml, and labels.json, the labels of the task as CVAT's raw editor takes them."""

    def __init__(self, out: Path, labels: Labels) -> None:
        self.path, self.label_path, self.labels = out / 'annotations.xml', out / 'labels.json', labels
        self.lines: list[str] = []
        self.count = 0

    def files(self, below: Sequence[str]) -> list[Path]:
        return [self.path, self.label_path]

    def add(self, picture: Picture) -> None:
        self.lines.append(f'  <image id="{self.count}" name={quoteattr(picture.below)} width="{picture.size[0]}" '
                          f'height="{picture.size[1]}">')
        for order, (name, shown) in enumerate(picture.regions):
            if (box := bounding_box(shown)) is None:
                continue
            part = shown[box]
            counts = ', '.join(map(str, counts_of(part)))
            self.lines.append(
                f'    <mask label={quoteattr(name)} source="auto" occluded="0" rle="{counts}" left="{box[1].start}" '
                f'top="{box[0].start}" width="{part.shape[1]}" height="{part.shape[0]}" z_order="{order}"/>')
        self.lines.append('  </image>')
        self.count += 1

    def finish(self) -> list[str]:
        colors = self.labels.hex()
        labels = [f'    <label><name>{escape(name)}</name><color>{colors[name]}</color><type>any</type><attributes/>'
                  '</label>' for name in self.labels.names]
        head = ['<?xml version="1.0" encoding="utf-8"?>', '<annotations>', '  <version>1.1</version>',
                f'  <meta><task><size>{self.count}</size><mode>annotation</mode><labels>', *labels,
                '  </labels></task></meta>']
        write_atomic('\n'.join([*head, *self.lines, '</annotations>', '']).encode(), self.path)
        raw = [dict(name=name, color=colors[name], attributes=[]) for name in self.labels.names]
        write_atomic(json.dumps(raw, ensure_ascii=False, indent=1).encode(), self.label_path)
        return [f'In CVAT, make a task of the images with the labels in {self.label_path} (Raw), and upload '
                f'{self.path} as CVAT 1.1']
