# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tiny models of the peer methods, and of the supervised baseline that they share."""
from copy import deepcopy

from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope

from tests.tiny import build, unet_cfg

COLORS = dict(
    type='SegDataPreProcessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], size=(32, 32))
ADAM = dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99)))
TINY_RESNET = dict(type='ResNet', depth=18, base_channels=4)

# Options of each method on top of the baseline; what it is sure to select pixels with.
PEERS = dict(
    Advent=dict(unsup_weight=0.1),
    Sharpening=dict(type='Advent', unsup_weight=0.1,
                    unsupervised_losses=[dict(type='AdaptiveSharpeningLoss', temperature=0.5)]),
    PseudoLabel=dict(threshold=0.1),
    MeanTeacher=dict(),
    UAMT=dict(num_passes=2),
    UAMTReleased=dict(type='UAMT', num_passes=2, training_teacher=True),
    AdvSemiSeg=dict(semi_begin=0, discriminator=dict(channels=4)),
    S4GAN=dict(threshold=0., discriminator=dict(channels=4)),
    S4GANMLMT=dict(type='S4GAN', threshold=0., discriminator=dict(channels=4),
                   classifier=dict(backbone=TINY_RESNET, in_channels=32)),
    MASSL=dict(reconstruction_head=dict(in_channels=32, channels=(16, 8, 4))),
    FixMatch=dict(threshold=0.1),
    UniMatch=dict(threshold=0.1),
    UniMatchReleased=dict(type='UniMatch', threshold=0.1, eval_partner=True),
    CPS=dict(),
    CPSCutMix=dict(type='CPS', cutmix=dict(prob=1., num_boxes=3, area=(0.25, 0.5)), unsup_weight=1.))
TAUGHT = ('MeanTeacher', 'UAMT', 'UAMTReleased')
SELECTING = ('PseudoLabel', 'UAMT', 'UAMTReleased', 'AdvSemiSeg', 'S4GAN', 'S4GANMLMT', 'FixMatch', 'UniMatch',
             'UniMatchReleased')


def supervised_cfg(num_classes=3, **options) -> dict:
    """The baseline: the U-Net of ``unet_cfg`` with its plain decode head; no dropout, so that steps can be compared."""
    cfg = unet_cfg(num_classes)
    head = dict(cfg['decode_head']['head'], dropout_ratio=0)
    return dict(type='EncoderDecoder', backbone=cfg['backbone'], decode_head=head, data_preprocessor=COLORS,
                test_cfg=dict(mode='whole'), **options)


def peer_cfg(name, num_classes=3, **options) -> dict:
    return {**supervised_cfg(num_classes), 'type': name, **deepcopy(PEERS[name]), **options}


def peer(name, num_classes=3, **options):
    """The method in training mode."""
    return build(peer_cfg(name, num_classes, **options)).train()


def optim_wrapper_cfg(name, **options) -> dict:
    """As the configs have it: SGD, and another optimizer for each part that has its own."""
    cfg = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9), **options)
    parts = [part for part, names in (('discriminator', ('AdvSemiSeg', 'S4GAN', 'S4GANMLMT')),
                                      ('classifier', ('S4GANMLMT', ))) if name in names]
    if parts:
        cfg.update(constructor='SubmoduleOptimWrapperConstructor', submodules={part: dict(ADAM) for part in parts})
    return cfg


def optim_wrapper(model, name, **options):
    with DefaultScope.overwrite_default_scope('mmseg'):
        return build_optim_wrapper(model, optim_wrapper_cfg(name, **options))
