#!/usr/bin/env bash
# mmseg's AdjustGamma and CLAHE keep the last 8 bits of an image of 16 bits, and PhotoMetricDistortion clips it at 255.
#
# onedl-mmsegmentation 1.4.2, onedl-mmcv 2.3.6, opencv-python 5.0.0.93, torch 2.13.0; 2026-11-30.
# One would guess: they scale by the type of the image, or refuse it.
# What happens: 256 becomes 0. AdjustGamma with gamma 1, which changes no image of 8 bits, makes a smooth ramp of 12 bits to
# 16 saw teeth, and so does CLAHE before it equalizes. Where PhotoMetricDistortion draws a brightness, the ramp becomes white
# above 255; where it draws a saturation first, OpenCV raises an error, so that a training stops after some steps.
# Who is hurt: whoever trains on microscopes, X-ray or satellites with 12 or 16 bits: the images look like noise, and the
# loss is a number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 onedl-mmsegmentation==1.4.2 onedl-mmcv==2.3.6 \
	onedl-mmengine==0.10.12 opencv-python==5.0.0.93 scipy==1.17.1
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io

import cv2
import numpy as np

with contextlib.redirect_stdout(io.StringIO()):
    from mmseg.datasets.transforms import CLAHE, AdjustGamma, PhotoMetricDistortion

ramp = np.tile(np.arange(4096, dtype=np.uint16)[None, :, None], (64, 1, 3))


def falls(image):
    """How often the ramp falls."""
    return int((np.diff(image[0, :, 0].astype(int)) < -100).sum())


small = (ramp % 256).astype(np.uint8)
assert (AdjustGamma(gamma=1.0)(dict(img=small.copy()))['img'] == small).all()
found = falls(AdjustGamma(gamma=1.0)(dict(img=ramp.copy()))['img']), falls(CLAHE()(dict(img=ramp.copy()))['img'])
print('falls of the ramp: before', falls(ramp), 'AdjustGamma', found[0], 'CLAHE', found[1])
np.random.seed(0)
white, errors, trials = 0, 0, 40
for _ in range(trials):
    try:
        image = PhotoMetricDistortion()(dict(img=ramp.copy()))['img']
    except cv2.error:
        errors += 1
        continue
    white += image.dtype == np.uint8 and (image[0, :, 0] == image.max()).mean() > 0.8
print(f'PhotoMetricDistortion, {trials} draws: {white} white above 255, {errors} errors')
assert found[0] == 15 and found[1] >= 15, found
assert white > 0 and errors > 0
PYTHON
