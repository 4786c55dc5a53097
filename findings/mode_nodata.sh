#!/usr/bin/env bash
# A land-cover mask whose background is its nodata value grows when it is made smaller by majority.
#
# rasterio 1.4.4 (its wheel's GDAL), numpy 2.4.6; 2026-11-30.
# One would guess: Resampling.mode gives the most frequent class of each block of pixels, so that thin objects vanish.
# What happens: pixels of the nodata value do not vote. Where 0 is the background and nodata at once, as many programs write
# it, a single pixel of a road makes the whole block road: roads of 6 % of a mask are 23 % of it at an eighth of the size.
# Without a nodata value, or with 255, they are 0 %.
# Who is hurt: whoever trains on smaller copies of such masks, or counts areas in them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 rasterio==1.4.4
cd "$folder"
env/bin/python -W ignore - <<'PYTHON'
import numpy as np
import rasterio
from rasterio.enums import Resampling

mask = np.zeros((1024, 1024), np.uint8)
rows, columns = np.mgrid[:1024, :1024]
mask[(rows % 64 < 2) | (columns % 64 < 2)] = 1
found = {}
for nodata in (None, 255, 0):
    with rasterio.open('mask.tif', 'w', driver='GTiff', width=1024, height=1024, count=1, dtype='uint8',
                       nodata=nodata) as file:
        file.write(mask, 1)
    with rasterio.open('mask.tif') as file:
        assert (file.read(1) == mask).all()
        found[nodata] = float((file.read(1, out_shape=(128, 128), resampling=Resampling.mode) == 1).mean())
    print(f'nodata {nodata}: roads are {mask.mean():.1%} of the mask, {found[nodata]:.1%} at an eighth of its size')
assert found[None] == found[255] == 0 and 0.2 < found[0] < 0.3, found
PYTHON
