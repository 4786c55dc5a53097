# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Ways to spoil a small data set, its lists and its checkpoints, for the cases of faults_malformed.py."""
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

STEMS = [f'{number:03d}' for number in range(1, 17)]
LABELED, UNLABELED, TEST = STEMS[:4], STEMS[4:12], STEMS[12:]
PALETTE = [0, 0, 0, 210, 170, 210, 90, 40, 130]


def make_data(root: Path) -> None:
    """Write sixteen cells of three classes, 32 x 32 pixels, as BloodCellsDataset expects them."""
    rng = np.random.default_rng(0)
    for folder in ('images', 'annotations', 'splits'):
        (root / folder).mkdir(parents=True)
    for stem in STEMS:
        mask = np.zeros((32, 32), np.uint8)
        top, left = rng.integers(2, 12, 2)
        mask[top:top + 18, left:left + 18], mask[top + 5:top + 12, left + 5:left + 12] = 1, 2
        image = np.array(PALETTE, np.uint8).reshape(3, 3)[mask] // 2 + rng.integers(0, 90, (32, 32, 3), np.uint8)
        Image.fromarray(image).save(root / 'images' / f'{stem}.png')
        Image.fromarray(mask).save(root / 'annotations' / f'{stem}.png')
    for name, stems in {'1-10_labeled': LABELED, '1-10_unlabeled': UNLABELED, 'test': TEST}.items():
        (root / 'splits' / f'{name}.txt').write_text('\n'.join(stems) + '\n')


def image(stem: str, change: Callable[[Image.Image], Image.Image], folder: str = 'images', **save) -> Callable:
    """Replace one file by a changed picture; decoders look at the content, not at the suffix."""

    def spoil(root: Path) -> None:
        path = root / folder / f'{stem}.png'
        changed = change(Image.open(path).copy())
        changed.save(path, **{'format': 'PNG', **save})

    return spoil


def mask(stem: str, change: Callable[[np.ndarray], object], **save) -> Callable:
    """Replace one mask by a changed one; the function returns labels or a picture."""

    def paint(picture: Image.Image) -> Image.Image:
        changed = change(np.array(picture))
        return changed if isinstance(changed, Image.Image) else Image.fromarray(changed)

    return image(stem, paint, 'annotations', **save)


def content(name: str, change: Callable[[bytes], bytes]) -> Callable:
    """Change the bytes of a file."""

    def spoil(root: Path) -> None:
        path = root / name
        path.write_bytes(change(path.read_bytes()))

    return spoil


def cut(data: bytes) -> bytes:
    return data[:len(data) // 2]


def remove(name: str) -> Callable:
    return lambda root: (root / name).unlink()


def copy_image(source: str, target: str) -> Callable:
    """Give two images the same pixels, in files of different bytes."""
    return lambda root: Image.open(root / f'images/{source}.png').save(root / f'images/{target}.png', compress_level=1)


def paletted(colors: list, shift: int = 0) -> Callable[[np.ndarray], Image.Image]:
    """Turn a mask into a paletted one of these colors whose indices are the labels plus ``shift``."""

    def change(labels: np.ndarray) -> Image.Image:
        picture = Image.fromarray(labels + np.uint8(shift), mode='P')
        picture.putpalette(colors)
        return picture

    return change


def faded(picture: Image.Image) -> Image.Image:
    """The picture, half transparent."""
    return Image.merge('RGBA', (*picture.convert('RGB').split(), Image.new('L', picture.size, 128)))


def wide(labels: np.ndarray) -> Image.Image:
    return Image.fromarray(labels.astype(np.uint16) * 256)


def lines(text: str) -> Callable:
    """Add lines to the config."""
    return lambda root: text


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[274] = 6
    return tags


def all_void(root: Path) -> None:
    for stem in LABELED:
        mask(stem, lambda labels: np.full_like(labels, 255))(root)


def no_nucleus(root: Path) -> None:
    for stem in LABELED:
        mask(stem, lambda labels: labels.clip(0, 1))(root)


def all_unreadable(root: Path) -> None:
    for stem in UNLABELED:
        (root / f'images/{stem}.png').write_bytes(b'no image')


def folder_for_image(root: Path) -> None:
    (root / 'images/001.png').unlink()
    (root / 'images/001.png').mkdir()


class Program:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path), )


def evil_pickle(root: Path) -> None:
    (root / 'ids.pkl').write_bytes(pickle.dumps([Program(root / 'RAN')]))


def evil_checkpoint(root: Path) -> None:
    torch.save(dict(state_dict={}, meta=dict(note=Program(root / 'RAN'))), root / 'model.pth')


def numbers_pickle(value) -> Callable:
    return lambda root: (root / 'ids.pkl').write_bytes(pickle.dumps(value)) and None
