# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The names of the weights, and the order of the parameters, are those of 0.x, whose checkpoints load and resume."""
from itertools import groupby

import pytest
from mmengine.registry import DefaultScope

from mmseg_entmin.registry import MODELS
from tests.peers import peer, peer_cfg, supervised_cfg
from tests.tiny import build

NORM = ('weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked')


def layers(prefix, *names, of=('weight', 'bias')) -> set:
    return {f'{prefix}.{name}.{tensor}' for name in names for tensor in of}


def network() -> set:
    """Of the plain segmentor."""
    return set(build(supervised_cfg()).state_dict())


def under(prefix, names) -> set:
    return {f'{prefix}.{name}' for name in names}


def teacher(names) -> set:
    return under('teacher', names) | {'teacher.step'}


def uncertain_head(names) -> set:
    """The plain head's weights as an UncertaintyHead holds them, and the variance's."""
    new = {name.replace('decode_head.', 'decode_head.head.').replace('conv_seg.', 'conv_seg.mean.') for name in names}
    return new | layers('decode_head.head.conv_seg', 'variance')


def own(name) -> set:
    """What a checkpoint of 0.x holds of a case beside the plain segmentor and the step of the ramp-up."""
    if name in ('MeanTeacher', 'UAMT'):
        return teacher(network()) | ({'threshold_ramp.step'} if name == 'UAMT' else set())
    if name == 'AdvSemiSeg':
        return layers('discriminator.layers', 0, 2, 4, 6, 8) | {'semi_ramp.step'}
    if name in ('S4GAN', 'S4GANMLMT'):
        names = layers('discriminator.layers', 0, 3, 6, 9) | layers('discriminator', 'score') | {'not_first.step'}
        if name == 'S4GAN':
            return names
        with DefaultScope.overwrite_default_scope('mmseg'):
            backbone = MODELS.build(peer_cfg(name)['classifier']['backbone']).state_dict()
        classifier = under('backbone', backbone) | {'fc.weight', 'fc.bias'}
        return names | under('classifier', classifier | teacher(classifier) | {'ramp_up.step'})
    if name == 'MASSL':
        stages = [f'stages.{stage}' for stage in range(3)]
        return (layers('reconstruction_head', 'last') | {f'reconstruction_head.{stage}.conv.weight' for stage in stages}
                | layers('reconstruction_head', *(f'{stage}.bn' for stage in stages), of=NORM))
    return under('second', network()) if name == 'CPS' else set()


@pytest.mark.parametrize('name, modules', [
    ('Advent', ''), ('Sharpening', ''), ('PseudoLabel', ''), ('MeanTeacher', 'teacher'), ('UAMT', 'teacher'),
    ('AdvSemiSeg', 'discriminator'), ('S4GAN', 'discriminator'), ('S4GANMLMT', 'discriminator classifier'),
    ('MASSL', 'reconstruction_head'), ('FixMatch', ''), ('UniMatch', ''), ('CPS', 'second')])
def test_peers(name, modules):
    model = peer(name)
    assert set(model.state_dict()) == network() | {'ramp_up.step'} | own(name)
    assert order(model) == ['backbone', 'decode_head', *modules.split()]


@pytest.mark.parametrize('name', ['EntMin', 'EntMinConsistency'])
def test_the_methods_own(name):
    model, heads = peer(name), layers('cls_head', 'conv_mean', 'conv_variance')
    student = uncertain_head(network())
    averages = teacher(student) if name == 'EntMinConsistency' else set()
    assert set(model.state_dict()) == student | heads | {'ramp_up.step'} | averages
    assert order(model) == ['backbone', 'decode_head', 'cls_head', *(['teacher'] if averages else [])]


def order(model) -> list:
    """The modules in the order in which the optimizer numbers their parameters."""
    return [module for module, _ in groupby(model.named_parameters(), key=lambda item: item[0].split('.')[0])]
