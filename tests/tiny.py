# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Small models and batches that the tests share."""
from contextlib import contextmanager

import torch
from mmengine import ConfigDict
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

import mmseg_entmin  # noqa: F401  registers the components
from mmseg_entmin.registry import MODELS

CE = dict(type='CrossEntropyLoss', avg_non_ignore=True)


def build(cfg: dict):
    """Build a model as the Runner does, with mmseg as the default scope."""
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(ConfigDict(cfg))


def unet_cfg(num_classes=3, width=4, **options) -> dict:
    """Config of the method on a U-Net of four stages."""
    return dict(
        type='EntMin',
        backbone=dict(
            type='UNet', base_channels=width, num_stages=4, strides=(1, ) * 4, enc_num_convs=(1, ) * 4,
            dec_num_convs=(1, ) * 3, downsamples=(True, ) * 3, enc_dilations=(1, ) * 4, dec_dilations=(1, ) * 3),
        decode_head=dict(
            type='UncertaintyHead',
            head=dict(type='FCNHead', in_channels=width, in_index=3, channels=width, num_convs=1, concat_input=False,
                      num_classes=num_classes, loss_decode=CE)),
        cls_head=dict(type='UncertaintyClsHead', in_channels=8 * width, num_classes=num_classes),
        **{'test_cfg': dict(mode='whole'), **options})


def sample(size=(32, 32), labels=None, num_classes=3, labeled=True) -> SegDataSample:
    """One data sample, with a random map unless another one is given or it is unlabeled."""
    meta = dict(img_shape=size, ori_shape=size, pad_shape=size, padding_size=[0, 0, 0, 0], scale_factor=(1., 1.))
    out = SegDataSample(metainfo=meta)
    if labeled:
        labels = torch.randint(num_classes, (1, *size)) if labels is None else labels
        out.gt_sem_seg = PixelData(data=labels)
    return out


def batch(labeled=2, unlabeled=2, size=(32, 32), num_classes=3):
    """Images (N, 3, H, W) and their samples, labeled first."""
    samples = [sample(size, num_classes=num_classes) for _ in range(labeled)]
    samples += [sample(size, labeled=False) for _ in range(unlabeled)]
    return torch.randn(labeled + unlabeled, 3, *size), samples


def grad_names(model) -> set:
    """Names of the parameters that got a gradient that is not 0."""
    return {name for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}


def same(first: dict, second: dict) -> set:
    """Names of the tensors of the first dict that are equal in the second."""
    return {name for name in first if torch.equal(first[name], second[name])}


@contextmanager
def restored(model):
    """Weights and buffers are after the context what they were before it; nothing inside records a gradient."""
    tensors = model.state_dict(keep_vars=True).values()
    before = [x.detach().clone() for x in tensors]
    with torch.no_grad():
        try:
            yield
        finally:
            for x, old in zip(tensors, before):
                x.copy_(old)
