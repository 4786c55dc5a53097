# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Mask files, as tools write them."""
from functools import partial
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from benchmarks.annotations.form_list import THREE, TWO, Form, form
from benchmarks.annotations.scenes import HEIGHT, WIDTH, labels_of, scenes, write_images

FORMS: list[Form] = []
add = partial(form, FORMS)
COLORS = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0]], np.uint8)
VOC = [*COLORS.ravel().tolist(), *[number % 251 for number in range(9, 768)]]
HEX = ('--colors', '#000000', '#800000', '#008000')


def save(folder: Path, name: str, array: np.ndarray, **options) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)


def masks(folder: Path, images: str = '{}.png') -> list[tuple[str, np.ndarray]]:
    """Names and labels of the annotated images, after all images are written."""
    write_images(folder / 'images', images)
    return [(name, labels_of(things)) for name, things in scenes().items()]


def binary(labels: np.ndarray, label: int | None = None) -> np.ndarray:
    return (255 * (labels > 0 if label is None else labels == label)).astype(np.uint8)


@add('labels 0, 1, 2, PNG of 8 bits', 'Pillow', *THREE)
def plain(folder):
    for name, labels in masks(folder):
        save(folder / 'masks', f'{name}.png', labels)


@add('values 0, 128, 255, PNG', 'Pillow', *THREE)
def gray(folder):
    for name, labels in masks(folder):
        save(folder / 'masks', f'{name}.png', np.array([0, 128, 255], np.uint8)[labels])


@add('0 and 255, PNG of 1 bit', 'Pillow', *TWO, objects=True)
def one_bit(folder):
    for name, labels in masks(folder):
        save(folder / 'masks', f'{name}.png', labels > 0)


@add('PASCAL VOC: palette, borders 255', 'Pillow', *THREE, differs='the border that the form ignores')
def palette(folder):
    for name, labels in masks(folder):
        labels[0] = 255
        image = Image.fromarray(labels)
        image.putpalette(VOC)
        (folder / 'masks').mkdir(exist_ok=True)
        image.save(folder / 'masks' / f'{name}.png')


@add('colors, PNG', 'Pillow', *THREE, *HEX)
def colored(folder):
    for name, labels in masks(folder):
        save(folder / 'masks', f'{name}.png', COLORS[labels])


@add('colors without --colors', 'Pillow', *THREE, refused='--colors')
def colored_alone(folder):
    colored(folder)


@add('colors with soft edges, PNG', 'Pillow', *THREE, *HEX, '--nearest', '60', differs='soft edges')
def soft_colors(folder):
    for name, labels in masks(folder):
        image = Image.fromarray(COLORS[labels]).resize((2 * WIDTH, 2 * HEIGHT), Image.BILINEAR)
        save(folder / 'masks', f'{name}.png', np.asarray(image.resize((WIDTH, HEIGHT), Image.BOX)))


@add('ids of objects, PNG of 16 bits (Cellpose)', 'Pillow', *TWO, '--foreground', '--mask-suffix', '_cp_masks.png',
     objects=True)
def ids(folder):
    for name, labels in masks(folder):
        save(folder / 'masks', f'{name}_cp_masks.png', (labels + 300 * (labels > 0)).astype(np.uint16))


@add('ids of objects without --foreground', 'Pillow', *TWO, objects=True, refused='--foreground')
def ids_alone(folder):
    for name, labels in masks(folder):
        save(folder / 'masks', f'{name}.png', (labels + 300 * (labels > 0)).astype(np.uint16))


@add('TIFF, WhiteIsZero (ImageJ)', 'tifffile', *TWO, objects=True)
def white_is_zero(folder):
    (folder / 'masks').mkdir()
    for number, (name, labels) in enumerate(masks(folder)):
        tifffile.imwrite(folder / 'masks' / f'{name}.tif', binary(labels),
                         photometric='miniswhite' if number else 'minisblack')


@add('TIFF of 16 bits, compressed', 'tifffile', *THREE)
def tiff16(folder):
    (folder / 'masks').mkdir()
    for name, labels in masks(folder):
        tifffile.imwrite(folder / 'masks' / f'{name}.tif', labels.astype(np.uint16), compression='zlib')


@add('RGBA, erased pixels keep their color', 'Pillow', *TWO, '--colors', '#000000', '#ff0000', objects=True)
def erased(folder):
    for name, labels in masks(folder):
        pixels = np.zeros((*labels.shape, 4), np.uint8)
        pixels[40:46] = 255, 0, 0, 0
        pixels[labels > 0] = 255, 0, 0, 255
        save(folder / 'masks', f'{name}.png', pixels)


@add('RGBA, the mask is in alpha alone', 'Pillow', *TWO, objects=True)
def alpha(folder):
    for name, labels in masks(folder):
        save(folder / 'masks', f'{name}.png', np.dstack([np.full((*labels.shape, 3), 255, np.uint8), binary(labels)]))


@add('0 and 255, JPEG', 'Pillow', *TWO, '--threshold', '128', objects=True)
def jpeg(folder):
    for name, labels in masks(folder):
        save(folder / 'masks', f'{name}.jpg', binary(labels), quality=90)


@add('0 and 255, GIF', 'Pillow', *TWO, objects=True)
def gif(folder):
    for name, labels in masks(folder):
        save(folder / 'masks', f'{name}.gif', binary(labels))


@add('several masks per image (BUSI)', 'Pillow', *TWO, '--image-suffix', '.png', '--mask-suffix',
     '_mask.png', '--mask-suffix', '_mask_1.png', objects=True, masks='images')
def several(folder):
    for name, labels in masks(folder):
        for label, ending in ((1, '_mask'), (2, '_mask_1')):
            save(folder / 'images', f'{name}{ending}.png', binary(labels, label))


@add('a mask per class (QuPath, RectLabel)', 'Pillow', *THREE, '--mask-suffix', '_cell.png', '--mask-suffix',
     '_nucleus.png')
def per_class(folder):
    for name, labels in masks(folder):
        for label, ending in ((1, 'cell'), (2, 'nucleus')):
            save(folder / 'masks', f'{name}_{ending}.png', binary(labels, label))


@add('a folder per class', 'Pillow', *THREE, '--mask-name', 'cell/{}.png', '--mask-name', 'nucleus/{}.png')
def folders(folder):
    for name, labels in masks(folder):
        for label, kind in ((1, 'cell'), (2, 'nucleus')):
            save(folder / 'masks', f'{kind}/{name}.png', binary(labels, label))


@add('arrays, .npy of 64 bits', 'numpy', *THREE)
def arrays(folder):
    (folder / 'masks').mkdir()
    for name, labels in masks(folder):
        np.save(folder / 'masks' / f'{name}.npy', labels.astype(np.int64))


@add('masks named label_1.png for img_1.png', 'Pillow', *THREE, '--mask-name', 'label_{}.png', '--image-name',
     'img_{}.png')
def prefixes(folder):
    for name, labels in masks(folder, 'img_{}.png'):
        save(folder / 'masks', f'label_{name}.png', labels)


@add('other pictures beside the images', 'Pillow', *THREE, refused='--leave-out')
def overlays(folder):
    for name, labels in masks(folder):
        save(folder / 'masks', f'{name}.png', labels)
        save(folder / 'images', f'{name}_overlay.png', COLORS[labels])


@add('TIFF of 5 channels', 'tifffile', *TWO, objects=True, refused='channels')
def five_channels(folder):
    (folder / 'masks').mkdir()
    for name, labels in masks(folder):
        tifffile.imwrite(folder / 'masks' / f'{name}.tif', np.stack([binary(labels)] * 5, axis=-1),
                         photometric='minisblack', planarconfig='contig')
