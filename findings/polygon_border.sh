#!/usr/bin/env bash
# One polygon gives masks of 16, 20 or 25 pixels: libraries disagree whether its border belongs to it.
#
# opencv-python-headless 5.0.0.93, pillow 13.0.0, scikit-image 0.26.0, matplotlib 3.11.2, pycocotools 2.0.11, rasterio 1.4.4,
# numpy 2.4.6; 2026-11-30.
# One would guess: the square from (2, 2) to (6, 6) has 16 pixels; OpenCV and Pillow may draw its border as well.
# What happens: pycocotools and rasterio give 16, matplotlib 20, OpenCV, Pillow and scikit-image 25. A cell of 5 pixels
# radius is a fifth larger with OpenCV than with pycocotools.
# Who is hurt: whoever draws the masks of a training with one library and those of a test, or of a competitor, with another:
# a perfect network gets an IoU of 0.8 on small objects.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93 scikit-image==0.26.0 \
	matplotlib==3.11.2 pycocotools==2.0.11 rasterio==1.4.4
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import cv2
import numpy as np
from matplotlib.path import Path
from PIL import Image, ImageDraw
from pycocotools import mask as coco
from rasterio.features import rasterize
from skimage.draw import polygon2mask

SIDE = 20


def masks(corners):
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(canvas, [corners], 1)
    yield 'OpenCV', canvas
    image = Image.new('L', (SIDE, SIDE))
    ImageDraw.Draw(image).polygon([tuple(corner) for corner in corners.tolist()], fill=1)
    yield 'Pillow', np.asarray(image)
    yield 'scikit-image', polygon2mask((SIDE, SIDE), corners[:, ::-1])
    pixels = np.stack(np.meshgrid(*[np.arange(SIDE)] * 2), -1).reshape(-1, 2)
    yield 'matplotlib', Path(corners).contains_points(pixels).reshape(SIDE, SIDE)
    parts = coco.frPyObjects([corners.astype(float).ravel().tolist()], SIDE, SIDE)
    yield 'pycocotools', coco.decode(coco.merge(parts))
    ring = [*corners.tolist(), corners[0].tolist()]
    yield 'rasterio', rasterize([(dict(type='Polygon', coordinates=[ring]), 1)], (SIDE, SIDE))


square = np.array([[2, 2], [6, 2], [6, 6], [2, 6]])
angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
cell = np.rint(10 + 5 * np.stack([np.cos(angles), np.sin(angles)], 1)).astype(int)
found = {}
for name, corners in (('square', square), ('cell', cell)):
    found[name] = {library: int(np.sum(mask > 0)) for library, mask in masks(corners)}
    print(name, found[name])
assert found['square'] == {'OpenCV': 25, 'Pillow': 25, 'scikit-image': 25, 'matplotlib': 20, 'pycocotools': 16,
                           'rasterio': 16}, found
PYTHON
