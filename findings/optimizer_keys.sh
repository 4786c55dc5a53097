#!/usr/bin/env bash
# The ViT configs that mmseg ships decay the weights of their layer norms, which they say they do not.
#
# onedl-mmsegmentation 1.4.2 (with the configs of mmsegmentation 1.2.2), onedl-mmengine 0.10.12, torch 2.13.0; 2026-11-30.
# One would guess: the custom_keys of a released config match parameters, and MMEngine warns of one that does not.
# What happens: MMEngine looks for each key in the names of parameters and is silent where it finds none. custom_keys=
# dict(norm=dict(decay_mult=0)) is meant for the norms of the transformer, but mmseg's VisionTransformer calls them ln1: all
# are decayed in 12 configs of DeiT, DPT and ViT. pos_block in the configs of SegFormer, SegNeXt and Twins is a name of
# other code bases and matches nothing.
# Who is hurt: whoever trains these, or takes their optimizer for another network: learning rates and decays that the config
# shows are not those of the training.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 onedl-mmsegmentation==1.4.2 onedl-mmcv==2.3.6 \
	onedl-mmengine==0.10.12 scipy==1.17.1
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import contextlib
import importlib.util
import io
from collections import Counter
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

with contextlib.redirect_stdout(io.StringIO()):
    from mmseg.registry import MODELS
    from mmseg.utils import register_all_modules
register_all_modules()
configs = Path(importlib.util.find_spec('mmseg').origin).parent / '.mim' / 'configs'
linspace = torch.linspace
torch.linspace = lambda *args, **kwargs: linspace(*args, **dict(kwargs, device='cpu'))  # its values are read


def without_weights(node):
    if isinstance(node, dict):
        return {key: without_weights(part) for key, part in node.items() if key not in ('init_cfg', 'pretrained')}
    return [without_weights(part) for part in node] if isinstance(node, list) else node


found, cases = Counter(), 0
KINDS = ('dpt', 'segformer', 'segnext', 'twins', 'vit')
for path in sorted(path for kind in KINDS for path in configs.glob(f'{kind}/*.py')):
    cfg = Config.fromfile(path, import_custom_modules=False)
    keys = cfg.optim_wrapper.get('paramwise_cfg', {}).get('custom_keys', {})
    if not keys:
        continue
    with torch.device('meta'), contextlib.redirect_stdout(io.StringIO()):
        model = MODELS.build(without_weights(cfg.model.to_dict()))
    names = [name for name, _ in model.named_parameters()]
    cases += 1
    found.update(key for key in keys if not any(key in name for name in names))
    if path.stem == 'vit_vit-b16_mln_upernet_8xb2-80k_ade20k-512x512':
        groups = build_optim_wrapper(model, cfg.optim_wrapper).optimizer.param_groups
        of = {id(parameter): group['weight_decay'] for group in groups for parameter in group['params']}
        decays = {of[id(parameter)] for name, parameter in model.named_parameters() if '.ln1.' in name}
print(f'{cases} configs; keys that match no parameter, and in how many: {dict(found)}')
print('weight decay of the layer norms of ViT-B:', decays)
assert found == {'norm': 12, 'pos_block': 23} and decays == {0.01}, (found, decays)
PYTHON
