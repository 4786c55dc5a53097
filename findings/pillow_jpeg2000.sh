#!/usr/bin/env bash
# Pillow multiplies a lossless JPEG 2000 image of 10, 12 or 15 bits by 64, 16 or 2.
#
# Pillow 13.0.0, opencv-python-headless 5.0.0.93, imagecodecs 2026.3.6, rasterio 1.4.4, numpy 2.4.6; 2026-11-30.
# One would guess: a lossless file holds the same numbers for every reader.
# What happens: Pillow shifts the values to the top of 8 or 16 bits, so that 4,095 of 12 bits becomes 65,520 and label 3 of
# 4 bits becomes 48. OpenCV, imagecodecs and rasterio give what is stored; OpenCV refuses less than 8 bits.
# Who is hurt: whoever computes mean and std, or converts, with Pillow, and trains with OpenCV or rasterio: satellite images
# of 12 and 15 bits and scans of 10 and 12 bits come in this format.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93 imagecodecs==2026.3.6 \
	rasterio==1.4.4
cd "$folder"
env/bin/python -W ignore - <<'PYTHON'
import cv2
import imagecodecs
import numpy as np
import rasterio
from PIL import Image

found = {}
for bits in (4, 8, 10, 12, 15, 16):
    stored = np.arange(2**bits).reshape(2**(bits // 2), -1)[-16:, -16:]  # the largest values of so many bits
    stored = stored.astype(np.uint8 if bits <= 8 else np.uint16)
    content = imagecodecs.jpeg2k_encode(stored, reversible=True, level=0, bitspersample=bits, codecformat='jp2')
    with open('image.jp2', 'wb') as file:
        file.write(content)
    with rasterio.open('image.jp2') as file:
        read = dict(imagecodecs=imagecodecs.jpeg2k_decode(content), rasterio=file.read(1))
    if bits >= 8:
        read['OpenCV'] = cv2.imread('image.jp2', cv2.IMREAD_UNCHANGED)
    assert all((values == stored).all() for values in read.values()), bits
    values = np.asarray(Image.open('image.jp2'))
    found[bits] = int(values.max() // stored.max())
    assert (values == stored.astype(np.int64) * found[bits]).all()
    print(f'{bits} bits: stored {stored.max()}, Pillow {values.max()}, {", ".join(read)} {stored.max()}')
assert found == {4: 16, 8: 1, 10: 64, 12: 16, 15: 2, 16: 1}, found
PYTHON
