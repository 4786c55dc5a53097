# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Prepares two public data sets for `benchmarks.rare.trial`.

    git clone https://github.com/cuilimeng/CrackForest-dataset
    git clone https://github.com/cwfid/dataset cwfid
    python -m benchmarks.rare.prepare --crackforest CrackForest-dataset --cwfid cwfid --out data/rare

Each gets images/ (to train on), few/ (masks of the first of them by name), rest/ (masks of the others, to choose by),
test_images/ (the last by name) and labels/ (the truth of these). CrackForest: 118 road images of 480 x 320 pixels,
class 2 of its truth is the crack. CWFID: 60 field images of 1296 x 966 pixels, green is crop, red is weed.
"""
import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import loadmat

from benchmarks.rare.variants import DATA


def crack(path: Path) -> np.ndarray:
    """Labels (H, W) of a file of CrackForest's truth."""
    return (loadmat(path)['groundTruth'][0, 0]['Segmentation'] == 2).astype(np.uint8)


def plants(path: Path) -> np.ndarray:
    """Labels (H, W) of an annotation of CWFID."""
    red, green, _ = np.moveaxis(np.asarray(Image.open(path).convert('RGB')), -1, 0)
    return np.where(red > 127, 2, green > 127).astype(np.uint8)


def prepare(name: str, images: dict[str, Path], truths: dict[str, Path], read: Callable, out: Path) -> None:
    """Copies the images of a data set that have a truth, and writes its masks; both by the names of the images."""
    names = sorted(images.keys() & truths.keys())
    data = DATA[name]
    for folder in ('images', 'few', 'rest', 'test_images', 'labels'):
        (out / name / folder).mkdir(parents=True, exist_ok=True)
    for place, stem in enumerate(names):
        evaluated = place >= len(names) - data.evaluated
        target = out / name / ('test_images' if evaluated else 'images') / f'{stem}{images[stem].suffix}'
        shutil.copyfile(images[stem], target)
        part = 'labels' if evaluated else 'few' if place < data.masks else 'rest'
        Image.fromarray(read(truths[stem])).save(out / name / part / f'{stem}.png')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ('--crackforest', '--cwfid', '--out'):
        parser.add_argument(option, type=Path, required=True, metavar='DIR')
    args = parser.parse_args()
    prepare('crackforest', {path.stem: path for path in (args.crackforest / 'image').glob('*.jpg')},
            {path.stem: path for path in (args.crackforest / 'groundTruth').glob('*.mat')}, crack, args.out)
    prepare('cwfid', {path.stem[:3]: path for path in (args.cwfid / 'images').glob('*.png')},
            {path.stem[:3]: path for path in (args.cwfid / 'annotations').glob('*.png')}, plants, args.out)


if __name__ == '__main__':
    main()
