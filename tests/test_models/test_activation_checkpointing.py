# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which networks use activation checkpointing, and which methods refuse them."""
import pytest
from torch import nn

from mmseg_entmin.models.activation_checkpointing import checkpointed_parts, refuse_checkpointed_norms
from tests.peers import peer, supervised_cfg
from tests.tiny import batch, build, unet_cfg


def test_parts_are_found_at_any_depth_and_by_their_layers():
    backbone = unet_cfg()['backbone']
    plain, unet = (build(dict(backbone, with_cp=again)) for again in (False, True))
    assert not checkpointed_parts(plain, plain.decoder) and not checkpointed_parts()
    assert checkpointed_parts(plain, unet)
    assert checkpointed_parts(unet.decoder, containing=nn.modules.batchnorm._BatchNorm)
    assert not checkpointed_parts(unet, containing=nn.LayerNorm)


def test_a_checkpointed_transformer_is_accepted_where_only_batch_norms_matter():
    part = nn.Sequential(nn.LayerNorm(1))
    part.with_cp = True
    refuse_checkpointed_norms('FixMatch', part)
    part.append(nn.BatchNorm2d(1))
    with pytest.raises(ValueError, match='FixMatch: with_cp=True, backbone.with_cp .*, where its views would move'):
        refuse_checkpointed_norms('FixMatch', part)


def checkpointed_peer(name):
    return peer(name, backbone=dict(supervised_cfg()['backbone'], with_cp=True))


@pytest.mark.parametrize('name, consequence', [
    ('FixMatch', 'its views would move'), ('UniMatch', 'its views would move'),
    ('CPSCutMix', 'its views would move'), ('MASSL', 'would train the frozen decoder')])
def test_methods_that_a_second_forward_would_break_refuse_it(name, consequence):
    with pytest.raises(ValueError, match=f'with_cp=True, backbone.with_cp computes the forward again .*{consequence}'):
        checkpointed_peer(name)


@pytest.mark.filterwarnings('ignore:.*use_reentrant')
@pytest.mark.parametrize('name', ['Advent', 'CPS'])
def test_other_methods_train_with_it(name):
    losses = checkpointed_peer(name).loss(*batch())
    sum(value for key, value in losses.items() if 'loss' in key).backward()
