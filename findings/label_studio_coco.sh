#!/usr/bin/env bash
# Label Studio's COCO export of brush strokes fills holes, drops lines of one pixel and takes a row and a column off.
#
# label-studio-sdk 2.1.2 (the converter of Label Studio's exports), pycocotools 2.0.11; 2026-11-30.
# One would guess: COCO holds run lengths, or outlines that a hole is cut from, so that a mask comes back as it was drawn.
# What happens: only outer outlines are written, through the centers of the border pixels. A ring of 800 pixels around a
# hole of 100 comes back as 841 pixels without a hole, a crack of 20 pixels not at all, and no message says so. The export
# as JSON keeps all of it.
# Who is hurt: whoever labels thin or hollow things (cracks, vessels, membranes) and trains on the COCO export.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q label-studio-sdk==2.1.2 pycocotools==2.0.11
cd "$folder"
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import json
from pathlib import Path

import numpy as np
from label_studio_sdk.converter import Converter
from label_studio_sdk.converter.brush import decode_from_annotation, mask2rle
from pycocotools.coco import COCO

ring, crack = np.zeros((40, 60), np.uint8), np.zeros((40, 60), np.uint8)
ring[5:35, 5:35], ring[15:25, 15:25] = 255, 0
crack[20, 38:58] = 255
masks = dict(ring=ring, crack=crack)
results = [dict(id=name, type='brushlabels', from_name='tag', to_name='image', original_width=60, original_height=40,
                image_rotation=0, value=dict(format='rle', rle=mask2rle(mask), brushlabels=[name]))
           for name, mask in masks.items()]
task = dict(id=1, data=dict(image='/data/upload/1/00000000-a.png'), annotations=[dict(id=1, completed_by=1, result=results)])
Path('tasks.json').write_text(json.dumps([task]))
labels = ''.join(f'<Label value="{name}"/>' for name in masks)
config = f'<View><Image name="image" value="$image"/><BrushLabels name="tag" toName="image">{labels}</BrushLabels></View>'
Converter(config, '.', download_resources=False).convert('tasks.json', 'out', 'BRUSH_TO_COCO', is_dir=False)
coco, found = COCO('out/result_coco.json'), {}
for number, category in coco.cats.items():
    parts = [coco.annToMask(coco.anns[each]) for each in coco.getAnnIds(catIds=[number])]
    found[category['name']] = int(np.sum(np.any(parts, axis=0))) if parts else 0
drawn = {name: int((mask > 0).sum()) for name, mask in masks.items()}
in_json = {}
for result in results:
    value = dict(result['value'], type='brushlabels', original_width=60, original_height=40)
    in_json |= {name.split('-')[1]: int((mask > 0).sum()) for name, mask in decode_from_annotation('tag', [value]).items()}
print('drawn', drawn, 'in JSON', in_json, 'in COCO', found)
assert in_json == drawn and found == dict(ring=841, crack=0), found
PYTHON
