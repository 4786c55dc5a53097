# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tiny models of every method, and of the supervised baseline that the peers share.

The methods and the options of their tiny models are read from the front matter of ``configs/*/README.md``.
"""
from copy import deepcopy

from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope

from benchmarks.results.methods import all_methods
from tests.tiny import build, unet_cfg

COLORS = dict(
    type='SegDataPreProcessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], size=(32, 32))
ADAM = dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99)))
TINY_RESNET = dict(type='ResNet', depth=18, base_channels=4)

# The method of each case: a method may be tested in several forms.
METHODS = {case: method for method in all_methods() for case in method.tests}
PEERS = tuple(case for case, method in METHODS.items() if method.role == 'peer')
OURS = tuple(case for case in METHODS if case not in PEERS)


def supervised_cfg(num_classes=3, **options) -> dict:
    """The baseline: the U-Net of ``unet_cfg`` with its plain decode head; no dropout, so that steps can be compared."""
    cfg = unet_cfg(num_classes)
    head = dict(cfg['decode_head']['head'], dropout_ratio=0)
    return dict(type='EncoderDecoder', backbone=cfg['backbone'], decode_head=head, data_preprocessor=COLORS,
                test_cfg=dict(mode='whole'), **options)


def peer_cfg(name, num_classes=3, **options) -> dict:
    """Config of a case: the baseline's network, for this package's own methods with the heads that they need."""
    cfg = supervised_cfg(num_classes)
    if name in OURS:
        heads = unet_cfg(num_classes)
        cfg.update(decode_head=dict(type='UncertaintyHead', head=cfg['decode_head']), cls_head=heads['cls_head'])
    return {**cfg, 'type': METHODS[name].type, **deepcopy(METHODS[name].tests[name]), **options}


def peer(name, num_classes=3, **options):
    """The method in training mode."""
    return build(peer_cfg(name, num_classes, **options)).train()


def own_modules(name) -> set[str]:
    """Modules that a case stores beside those of its network: the method's, and what its options add."""
    method = METHODS[name]
    return {*method.stores, *(part for part in method.own_optimizer if part in method.tests[name])}


def own_optimizers(name) -> list[str]:
    """Modules of a case that have an optimizer of their own."""
    return [part for part in METHODS[name].own_optimizer if part in own_modules(name)]


def optim_wrapper_cfg(name, **options) -> dict:
    """As the configs have it: SGD, and another optimizer for each module that has its own."""
    cfg = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9), **options)
    parts = own_optimizers(name)
    if parts:
        cfg.update(constructor='SubmoduleOptimWrapperConstructor', submodules={part: dict(ADAM) for part in parts})
    return cfg


def optim_wrapper(model, name, **options):
    with DefaultScope.overwrite_default_scope('mmseg'):
        return build_optim_wrapper(model, optim_wrapper_cfg(name, **options))
