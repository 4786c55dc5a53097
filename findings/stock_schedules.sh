#!/usr/bin/env bash
# Three configs that mmseg ships train on after their learning rate has ended.
#
# onedl-mmsegmentation 1.4.2 (the configs are those of mmsegmentation 1.2.2), read with onedl-mmengine 0.10.12; 2026-11-30.
# One would guess: the schedule of a released config is as long as its training.
# What happens: both BEiT-large configs for ADE20K train 320,000 iterations under a PolyLR that ends at 160,000 with
# rate 0, so that nothing is learned in the second half. Their gradients are accumulated over 2 iterations, but MMEngine's
# schedulers count iterations and not optimizer steps. OCRNet-R101 8xb2 80k for Cityscapes stays at its last rate from
# iteration 40,000 of 80,000 on.
# Who is hurt: whoever trains these, or takes one as a base.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --no-deps onedl-mmsegmentation==1.4.2 onedl-mmengine==0.10.12 addict==2.4.0 yapf==0.43.0 \
	pyyaml==6.0.3 termcolor==3.3.0 rich==15.0.0 platformdirs==4.9.4 matplotlib==3.11.2 numpy==2.4.6 \
	opencv-python-headless==5.0.0.93 packaging==26.0 pygments==2.20.0 markdown-it-py==4.0.0 mdurl==0.1.2
"$folder/env/bin/python" - <<'PYTHON'
import importlib.util
from pathlib import Path

from mmengine.config import Config

root = Path(importlib.util.find_spec('mmseg').origin).parent / '.mim' / 'configs'
found = {}
for path in sorted(root.glob('*/*.py')):
    cfg = Config.fromfile(path, import_custom_modules=False)
    length = cfg.get('train_cfg', {}).get('max_iters')
    poly = [s for s in cfg.get('param_scheduler', []) if s['type'] == 'PolyLR' and not s.get('by_epoch', True)]
    if length and poly and max(s['end'] for s in poly) < length:
        found[path.stem] = (length, poly[-1]['end'], poly[-1]['eta_min'])
for name, (length, end, rate) in found.items():
    print(f'{name}: {length} iterations, PolyLR ends at {end} with rate {rate}')
assert found == {
    'beit-large_upernet_8xb1-amp-160k_ade20k-640x640': (320000, 160000, 0.0),
    'beit-large_upernet_8xb1-amp-160k_ade20k-640x640_ms': (320000, 160000, 0.0),
    'ocrnet_r101-d8_8xb2-80k_cityscapes-512x1024': (80000, 40000, 0.0002),
}, found
PYTHON
