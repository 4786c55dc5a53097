#!/usr/bin/env bash
# torchvision reads the indices of a PNG with a palette of up to 16 colors wrongly.
#
# torchvision 0.26.0, torch 2.11.0, pillow 13.0.0; 2026-11-30.
# One would guess: decode_image(..., ImageReadMode.UNCHANGED) gives the index of each pixel, as it does for 17 colors or more.
# What happens: Pillow writes palettes of up to 16 colors with 1, 2 or 4 bits a pixel. Their bytes are not unpacked: fewer than
# half of the labels are right, without a message.
# Who is hurt: whoever reads masks of few classes in the form of VOC's with torchvision: the same code is right for VOC
# itself, whose palette has 256 colors.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 pillow==13.0.0 torch==2.11.0 torchvision==0.26.0
cd "$folder"
env/bin/python -W ignore - <<'PYTHON'
import numpy as np
from PIL import Image
from torchvision.io import ImageReadMode, decode_image

found = {}
for colors in (2, 3, 16, 17, 256):
    labels = (np.arange(64 * 64).reshape(64, 64) * 7 // 5 % colors).astype(np.uint8)
    image = Image.fromarray(labels)
    image.putpalette(bytes(range(256))[:colors] * 3)
    image.save('mask.png')
    assert (np.asarray(Image.open('mask.png')) == labels).all()
    found[colors] = float((decode_image('mask.png', ImageReadMode.UNCHANGED)[0].numpy() == labels).mean())
    print(colors, 'colors:', f'{found[colors]:.0%} of the labels are right')
assert found[17] == found[256] == 1 and max(found[2], found[3], found[16]) < 0.5, found
PYTHON
