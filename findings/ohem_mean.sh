#!/usr/bin/env bash
# mmseg's loss of hard pixels (OHEM) is divided by all pixels, not by the hard ones.
#
# onedl-mmsegmentation 1.4.2, torch 2.13.0; 2026-11-30.
# One would guess: the mean over the pixels that OHEMPixelSampler keeps, as in the papers that use it.
# What happens: the sampler gives the other pixels weight 0, and CrossEntropyLoss takes the mean over all. With 60 % of the
# pixels kept the loss is 0.6 of the mean over the kept ones, with 5 % it is a twentieth.
# Who is hurt: whoever adds a loss on unlabeled images with a weight that was found without OHEM: as the network gets better,
# fewer pixels are hard, the supervised loss fades, and the unlabeled one takes over.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 onedl-mmsegmentation==1.4.2 onedl-mmcv==2.3.6 \
	onedl-mmengine==0.10.12 scipy==1.17.1
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io

import torch
from mmengine.structures import PixelData
from torch.nn.functional import cross_entropy

with contextlib.redirect_stdout(io.StringIO()):
    from mmseg.models.decode_heads import FCNHead
    from mmseg.structures import SegDataSample
    from mmseg.utils import register_all_modules
register_all_modules()
torch.manual_seed(0)
logits, labels = 3 * torch.randn(1, 3, 20, 20), torch.randint(3, (1, 20, 20))
pixels = cross_entropy(logits, labels, reduction='none')
for kept in (240, 100, 20):
    head = FCNHead(in_channels=4, channels=4, num_classes=3, num_convs=1, loss_decode=dict(type='CrossEntropyLoss'),
                   sampler=dict(type='OHEMPixelSampler', min_kept=kept))
    loss = head.loss_by_feat(logits, [SegDataSample(gt_sem_seg=PixelData(data=labels))])['loss_ce']
    hard = pixels.flatten().topk(kept).values
    print(f'{kept} of 400 pixels kept: loss {loss:.3f}, mean over the kept {hard.mean():.3f}, sum of the kept over all '
          f'{hard.sum() / 400:.3f}')
    torch.testing.assert_close(loss, hard.sum() / 400)
PYTHON
