# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Configs and checkpoints of tiny models that were not trained, for the tests of what a trained model is used for."""
from pathlib import Path

import torch
from mmengine.config import Config

from tests.tiny import build, unet_cfg

KINDS = ('EntMin', 'EntMinConsistency', 'EncoderDecoder')
CLASSES = ('background', 'cytoplasm', 'nucleus')
PREPROCESSOR = dict(
    type='SegDataPreProcessor', mean=[127.] * 3, std=[60.] * 3, bgr_to_rgb=True, size_divisor=8,
    test_cfg=dict(size_divisor=8))


def model_cfg(kind: str = 'EntMin', **options) -> dict:
    """Config of a tiny model of one of ``KINDS``, or of a peer method, on a plain decode head."""
    cfg = {**unet_cfg(data_preprocessor=PREPROCESSOR), 'type': kind, **options}
    if kind not in KINDS[:2]:
        cfg.pop('cls_head')
        cfg['decode_head'] = cfg['decode_head']['head']
    return cfg


def save(folder: Path, kind: str = 'EntMin', resize: tuple = (), **options) -> tuple[Path, Path]:
    """Writes ``config.py`` and ``model.pth`` of random weights; returns their paths.

    Args:
        folder: where they go.
        kind: one of ``KINDS``.
        resize: (width, height) of the network's input. Default: the size of the image.
        **options: of the model.
    """
    pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
    if resize:
        pipeline.insert(1, dict(type='Resize', scale=resize, keep_ratio=False))
    cfg = model_cfg(kind, **options)
    config, checkpoint = folder / 'config.py', folder / 'model.pth'
    Config(dict(
        default_scope='mmseg', model=cfg, custom_imports=dict(imports=['mmseg_entmin'], allow_failed_imports=False),
        test_dataloader=dict(dataset=dict(type='BloodCellsDataset', pipeline=pipeline)))).dump(config)
    model = build(cfg)
    with torch.no_grad():
        for name, weight in model.state_dict().items():
            if weight.is_floating_point():  # far from the initialization, with which all classes are alike
                weight.copy_(torch.rand_like(weight) + 0.5 if 'var' in name else 0.4 * torch.randn_like(weight))
    torch.save(dict(state_dict=model.state_dict(), meta=dict()), checkpoint)
    return config, checkpoint
