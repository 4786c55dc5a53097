#!/usr/bin/env bash
# torch's AveragedModel with use_buffers=True moves the indices of a Swin Transformer's position bias by one.
#
# torch 2.13.0, onedl-mmsegmentation 1.4.2; 2026-11-30.
# One would guess: use_buffers averages running statistics and copies integers, or leaves them alone.
# What happens: an integer buffer is averaged in floating point and cut: 0.9999 x 5 + 0.0001 x 5 is a little less than 5 and
# becomes 4. mmseg's Swin keeps its relative_position_index in such buffers, and so does torchvision's. After two updates
# with equal weights 17 % of the indices point to a neighbor's bias, and the outputs change. It depends on the decay: at
# 0.999 none move, at 0.996 10 % do.
# Who is hurt: whoever takes such an average as EMA teacher of a Swin: it predicts with scrambled position biases. The
# docs propose use_buffers=True where running statistics are to be averaged.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 onedl-mmsegmentation==1.4.2 onedl-mmcv==2.3.6 onedl-mmengine==0.10.12
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

with contextlib.redirect_stdout(io.StringIO()):
    from mmseg.models.backbones import SwinTransformer

torch.manual_seed(0)
network = SwinTransformer()
network.eval()
for name, parameter in network.named_parameters():
    if name.endswith('relative_position_bias_table'):
        torch.nn.init.normal_(parameter)
image = torch.rand(1, 3, 224, 224)
found = {}
for decay in (0.99, 0.996, 0.999, 0.9999):
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
    for _ in range(2):  # with the same weights each time, so that nothing should change
        average.update_parameters(network)
    before, after = (torch.cat([buffer for name, buffer in model.named_buffers() if name.endswith('position_index')])
                     for model in (network, average.module))
    with torch.no_grad():
        new, old = average(image)[-1], network(image)[-1]
        change = (new - old).abs().max() / old.abs().max()
    found[decay] = round(float((before != after).float().mean()), 3), round(float(change), 3)
    print(f'decay {decay}: {found[decay][0]:.1%} of the indices moved, the outputs change by up to {found[decay][1]:.1%}')
assert found[0.99][0] == found[0.999][0] == 0 and found[0.9999][0] > 0.1 and found[0.9999][1] > 0.002, found
PYTHON
