# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""CVAT's exports: 'CVAT for images 1.1' (XML), and segmentation masks with their labelmap.txt.

Shapes with a higher z_order lie over others; of equal ones, later shapes lie over earlier ones.
"""
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from mmseg.datasets import PascalVOCDataset

from ..palette import parse_color, text_lines
from .cvat_shapes import AREAS, area
from .export import Annotated, Export, MaskForm, Reader, Region

MASKS = 'CVAT segmentation mask'
PALETTE = PascalVOCDataset.METAINFO['palette']
NO_AREA = ('polyline', 'points', 'cuboid', 'skeleton')
FLAT = ('tag', 'points', 'polyline', 'skeleton', 'cuboid')  # types of labels that no area can have


def knows_xml(path: Path, head: Any) -> bool:
    return '<annotations>' in head and ('<image ' in head or '<meta>' in head or '<version>' in head)


def read_xml(paths: list[Path], folder: Path) -> Export:
    """The shapes of all images. ValueError names the file and the image that cannot be read."""
    left_out: Counter = Counter()
    colors, used = {}, []
    images: dict[str, Annotated] = {}
    for path in paths:
        root = parse(path)
        for label in root.iterfind('meta//labels/label'):
            name = label.findtext('name', '').strip()
            if label.find('parent') is None and label.findtext('type', 'any') not in FLAT:  # no part of a skeleton
                used.append(name)
                if color := label.findtext('color'):
                    colors[name] = parse_color(color)
        for image in root.iterfind('image'):
            name = image.get('name')
            if name is not None and image.get('subset'):  # a folder of the images, where a project is exported
                name = f"{image.get('subset')}/{name}"
            if name is None or image.get('width') is None or image.get('height') is None:
                raise ValueError(f"'{path}': image {image.get('id')} has no name or no size; export it again")
            size = int(image.get('width')), int(image.get('height'))
            if name in images:
                raise ValueError(f"'{path}' has '{name}' a second time; keep one of them")
            shapes = areas_of(image, left_out)
            try:
                for shape in shapes:
                    area(shape, size)  # what cannot be read is refused before anything is written
            except ValueError as error:
                raise ValueError(f"image '{name}' in '{path}': {error}") from error
            used += [shape.get('label') for shape in shapes if shape.get('label')]
            left_out['shapes have no label and are ignored'] += sum(not shape.get('label') for shape in shapes)
            images[name] = Annotated(size, lambda shapes=shapes, size=size: regions(shapes, size))
    if not images:
        raise ValueError(f"'{paths[0]}' has no image; export the task as 'CVAT for images 1.1'")
    notes = [f'{count} {what}' for what, count in left_out.items() if count]
    return Export('CVAT for images', [*dict.fromkeys(used)], colors, images, notes)


def parse(path: Path) -> ElementTree.Element:
    """The root of the file. ValueError if it is no XML, or of a video."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f"'{path}' is no complete XML: {error}; export it again") from error
    if root.find('track') is not None:
        raise ValueError(f"'{path}' is CVAT for video, whose tracks name no image files; export the task as 'CVAT for "
                         "images 1.1' or 'Segmentation mask 1.1'")
    return root


def areas_of(image: ElementTree.Element, left_out: Counter) -> list[ElementTree.Element]:
    """The shapes of an image that show areas, in drawing order; `left_out` counts the others."""
    shapes = []
    for shape in image:
        if shape.tag in NO_AREA:
            left_out[f'shapes of type {shape.tag} have no area; they are not drawn'] += 1
        elif shape.tag in AREAS and shape.get('outside') != '1':
            shapes.append(shape)
        elif shape.tag not in (*AREAS, 'tag'):
            left_out[f'elements {shape.tag} are unknown; they are not drawn'] += 1
    return sorted(shapes, key=lambda shape: int(shape.get('z_order', 0)))


def regions(shapes: list[ElementTree.Element], size: tuple[int, int]) -> Iterator[Region]:
    for shape in shapes:
        yield Region(shape.get('label') or None, area(shape, size))


def knows_labelmap(path: Path, head: Any) -> bool:
    return path.name == 'labelmap.txt' and (path.parent / 'SegmentationClass').is_dir()


def read_labelmap(paths: list[Path], folder: Path) -> MaskForm:
    """Masks in the colors of labelmap.txt, whose parts and actions (after the color) are no classes."""
    if len(paths) > 1:
        raise ValueError(f"'{paths[0]}' and '{paths[1]}' are of two exports; give the folder of one of them")
    folder, plain = paths[0].parent / 'SegmentationClass', without_colors(paths[0])
    if plain:
        colors = ['#{:02x}{:02x}{:02x}'.format(*color) for color in PALETTE[:len(plain)]]
        return MaskForm(MASKS, folder, dict(classes=plain, colors=colors), [
            f"'{paths[0]}' states no colors: taken are those of PASCAL VOC, in the order of its lines"])
    return MaskForm(MASKS, folder, dict(colors=[str(paths[0])]), [])


def without_colors(path: Path) -> list[str]:
    """The classes of a label map, as Datumaro writes it, that states the color of none of them; else nothing."""
    lines = [line.split(':') for line in text_lines(path) if line.strip() and not line.startswith('# ')]
    plain = len(lines) <= len(PALETTE) and all(len(line) == 4 and not line[1].strip() for line in lines)
    return [line[0].strip() for line in lines] if plain else []


XML_READER = Reader('CVAT for images', '.xml', knows_xml, read_xml)
MASK_READER = Reader(MASKS, '.txt', knows_labelmap, read_labelmap)
