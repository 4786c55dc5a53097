#!/usr/bin/env bash
# The same rotation gives other labels and another image in OpenCV 5 than in OpenCV 4.
#
# opencv-python-headless 5.0.0.93 and 4.13.0.92, numpy 2.4.6; 2026-11-30.
# One would guess: warpAffine of the same pixels with the same matrix is equal, for INTER_NEAREST to the bit.
# What happens: rotated by 30 degrees, 0.5 % of the labels of a map of random classes are others (INTER_NEAREST), and half of
# the pixels of an image differ, by up to 6 of 255 (INTER_LINEAR). resize is equal. OpenCV 4 rounds positions to 1/32 pixel.
# Who is hurt: whoever repeats a training with RandomRotate, or compares two, after an update: the data is not the same.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > rotate.py <<'PYTHON'
import sys

import cv2
import numpy as np

random = np.random.default_rng(0)
labels = random.integers(0, 20, (101, 137)).astype(np.uint8)
image = random.integers(0, 256, (101, 137, 3)).astype(np.uint8)
matrix = cv2.getRotationMatrix2D((68, 50), 30, 1)
np.savez(sys.argv[1], labels=cv2.warpAffine(labels, matrix, (137, 101), flags=cv2.INTER_NEAREST, borderValue=255),
         image=cv2.warpAffine(image, matrix, (137, 101), flags=cv2.INTER_LINEAR),
         small_labels=cv2.resize(labels, (69, 51), interpolation=cv2.INTER_NEAREST),
         small_image=cv2.resize(image, (69, 51), interpolation=cv2.INTER_LINEAR))
PYTHON
for version in 4.13.0.92 5.0.0.93; do
	python3 -m venv "$version"
	"$version/bin/pip" install -q numpy==2.4.6 opencv-python-headless=="$version"
	"$version/bin/python" rotate.py "$version.npz"
done
5.0.0.93/bin/python - <<'PYTHON'
import numpy as np

old, new = np.load('4.13.0.92.npz'), np.load('5.0.0.93.npz')
found = {}
for name in old:
    difference = np.abs(old[name].astype(int) - new[name])
    found[name] = round(float((difference > 0).mean()), 4), int(difference.max())
    print(f'{name}: {found[name][0]:.2%} of the values differ, by up to {found[name][1]}')
assert 0.003 < found['labels'][0] < 0.007 and 0.4 < found['image'][0] < 0.6 and found['image'][1] > 3, found
assert found['small_labels'] == found['small_image'] == (0, 0), found
PYTHON
