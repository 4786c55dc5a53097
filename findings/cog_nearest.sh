#!/usr/bin/env bash
# A mask in a cloud-optimized GeoTIFF, read smaller with nearest-neighbor resampling, holds classes that it does not have.
#
# rasterio 1.4.4 (its wheel's GDAL), numpy 2.4.6; 2026-11-30.
# One would guess: nearest-neighbor resampling gives no value that is not in the file.
# What happens: a mask of classes 0, 3 and 7 is copied to a GeoTIFF with the COG driver. At full size it is intact. Read at
# a quarter of its size with Resampling.nearest it holds 1, 2, 4, 5 and 6 as well, along the borders: GDAL takes the nearest
# pixel of an overview, and the driver made the overviews of a file without a palette by interpolation.
# Who is hurt: whoever trains on smaller copies of land-cover maps; each border gets a seam of classes between the two.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 rasterio==1.4.4
cd "$folder"
env/bin/python -W ignore - <<'PYTHON'
import numpy as np
import rasterio
import rasterio.shutil
from rasterio.enums import Resampling

rows, columns = np.mgrid[:2048, :2048]
mask = np.zeros((2048, 2048), np.uint8)
mask[np.hypot(rows - 1000, columns - 900) < 600] = 7
mask[np.hypot(rows - 600, columns - 1500) < 300] = 3
with rasterio.open('plain.tif', 'w', driver='GTiff', width=2048, height=2048, count=1, dtype='uint8') as file:
    file.write(mask, 1)
rasterio.shutil.copy('plain.tif', 'cog.tif', driver='COG')


def labels(path):
    with rasterio.open(path) as file:
        assert (file.read(1) == mask).all()
        return np.unique(file.read(1, out_shape=(512, 512), resampling=Resampling.nearest)).tolist()


found = labels('plain.tif'), labels('cog.tif')
print('GDAL', rasterio.__gdal_version__, '- plain GeoTIFF:', found[0], '- cloud-optimized:', found[1])
assert found == ([0, 3, 7], [0, 1, 2, 3, 4, 5, 6, 7]), found
PYTHON
