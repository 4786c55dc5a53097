#!/usr/bin/env bash
# Making an image and its mask smaller with OpenCV moves the mask against the image, by up to half a pixel of the result.
#
# opencv-python-headless 5.0.0.93, pillow 13.0.0, numpy 2.4.6; 2026-11-30. (torchvision 0.26.0's v2.Resize does the same.)
# One would guess: bilinear for the image and nearest for the mask look at the same place.
# What happens: INTER_LINEAR looks at the middle of the pixel's area, INTER_NEAREST at its first corner. At 1/2, 1/4 and 1/8
# the label is 0.5, 1.5 and 3.5 pixels of the original further to the upper left than the image. INTER_NEAREST_EXACT and
# Pillow stay within half a pixel of the original. A line 8 pixels wide, made smaller to 1/4 with INTER_NEAREST, has an IoU
# of 0.71 with its area, with INTER_NEAREST_EXACT 0.79.
# Who is hurt: whoever trains on smaller copies, as mmseg's and torchvision's Resize make: the network learns borders that
# are off, and thin classes lose most. It is tested against masks of full size.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93
"$folder/env/bin/python" - <<'PYTHON'
import cv2
import numpy as np
from PIL import Image

SIDE = 512
columns = np.tile(np.arange(SIDE, dtype=np.float32), (SIDE, 1))  # each pixel says in which column it is
found = {}
for factor in (2, 4, 8):
    size = (SIDE // factor, SIDE // factor)
    image = cv2.resize(columns, size, interpolation=cv2.INTER_LINEAR)
    masks = dict(nearest=cv2.resize(columns, size, interpolation=cv2.INTER_NEAREST),
                 exact=cv2.resize(columns, size, interpolation=cv2.INTER_NEAREST_EXACT),
                 Pillow=np.asarray(Image.fromarray(columns).resize(size, Image.Resampling.NEAREST)))
    found[factor] = {name: float((image - mask)[0, 2:-2].mean()) for name, mask in masks.items()}
    print(f'1/{factor}: the image looks so many pixels further right than the mask:', found[factor])
assert found == {2: dict(nearest=0.5, exact=-0.5, Pillow=-0.5), 4: dict(nearest=1.5, exact=-0.5, Pillow=-0.5),
                 8: dict(nearest=3.5, exact=-0.5, Pillow=-0.5)}, found



def mean_iou(interpolation):
    ious = []
    for start in range(16):  # a line at each place
        line = (columns >= 256 + start) & (columns < 264 + start)
        share = line.reshape(SIDE // 4, 4, SIDE // 4, 4).mean((1, 3))  # of each small pixel's area
        small = cv2.resize(line.astype(np.uint8), (SIDE // 4, SIDE // 4), interpolation=interpolation)
        ious.append(np.minimum(small, share).sum() / np.maximum(small, share).sum())
    return round(float(np.mean(ious)), 3)


ious = mean_iou(cv2.INTER_NEAREST), mean_iou(cv2.INTER_NEAREST_EXACT)
print(f'IoU of a line of 8 pixels at 1/4 with its area: nearest {ious[0]}, exact {ious[1]}')
assert ious[0] < ious[1] - 0.05, ious
PYTHON
