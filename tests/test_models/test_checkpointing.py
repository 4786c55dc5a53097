# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which networks compute a part of their forward again, and which methods refuse them."""
import pytest
from torch import nn

from mmseg_entmin.models.checkpointing import checkpointed, refuse_moving_statistics
from tests.peers import peer, supervised_cfg
from tests.tiny import batch, build, unet_cfg


def test_a_part_at_any_depth_and_what_it_holds():
    backbone = unet_cfg()['backbone']
    plain, unet = (build(dict(backbone, with_cp=again)) for again in (False, True))
    assert not checkpointed(plain, plain.decoder) and not checkpointed()
    assert checkpointed(plain, unet) and checkpointed(unet.decoder, holding=nn.modules.batchnorm._BatchNorm)
    assert not checkpointed(unet, holding=nn.LayerNorm)


def test_a_transformer_may_be_checkpointed_where_batch_norms_are_the_matter():
    part = nn.Sequential(nn.LayerNorm(1))
    part.with_cp = True
    refuse_moving_statistics('FixMatch', part)
    part.append(nn.BatchNorm2d(1))
    with pytest.raises(ValueError, match='str: with_cp=True, backbone.with_cp computes .*, where its views would move'):
        refuse_moving_statistics('FixMatch', part)


def checkpointed_peer(name):
    return peer(name, backbone=dict(supervised_cfg()['backbone'], with_cp=True))


@pytest.mark.parametrize('name, consequence', [
    ('FixMatch', 'its views would move'), ('UniMatch', 'its views would move'),
    ('CPSCutMix', 'its views would move'), ('MASSL', 'would train the frozen decoder')])
def test_what_a_forward_again_would_spoil_is_refused(name, consequence):
    with pytest.raises(ValueError, match=f'with_cp=True, backbone.with_cp computes the forward again .*{consequence}'):
        checkpointed_peer(name)


@pytest.mark.filterwarnings('ignore:.*use_reentrant')
@pytest.mark.parametrize('name', ['Advent', 'CPS'])
def test_other_methods_compute_the_forward_again(name):
    losses = checkpointed_peer(name).loss(*batch())
    sum(value for key, value in losses.items() if 'loss' in key).backward()
