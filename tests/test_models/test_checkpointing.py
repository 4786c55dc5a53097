# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which networks compute a part of their forward again, and which methods refuse them."""
import pytest
from torch import nn

from mmseg_entmin.models.checkpointing import check_not_checkpointed, checkpointed
from tests.peers import peer, supervised_cfg
from tests.tiny import batch, build, unet_cfg


def test_a_part_at_any_depth():
    backbone = unet_cfg()['backbone']
    plain, unet = (build(dict(backbone, with_cp=again)) for again in (False, True))
    assert not checkpointed(plain, plain.decoder) and not checkpointed()
    assert checkpointed(plain, unet) and checkpointed(unet.decoder)


def test_the_error_names_the_owner_the_option_and_what_would_follow():
    part = nn.Identity()
    check_not_checkpointed(1., 'it breaks', part)
    part.with_cp = True
    with pytest.raises(ValueError, match='float: with_cp=True; backbone.with_cp computes .*, where it breaks; take it'):
        check_not_checkpointed(1., 'it breaks', nn.Sequential(part))


def checkpointed_peer(name):
    return peer(name, backbone=dict(supervised_cfg()['backbone'], with_cp=True))


@pytest.mark.parametrize('name, consequence', [
    ('FixMatch', 'strong views would move'), ('UniMatch', 'strong views would move'),
    ('CPSCutMix', 'mixed images would move'), ('MASSL', 'would train the frozen decoder')])
def test_what_a_forward_again_would_spoil_is_refused(name, consequence):
    with pytest.raises(ValueError, match=f'with_cp=True; backbone.with_cp computes the forward again .*{consequence}'):
        checkpointed_peer(name)


@pytest.mark.filterwarnings('ignore:.*use_reentrant')
@pytest.mark.parametrize('name', ['EntropyMinimization', 'CPS'])
def test_other_methods_compute_the_forward_again(name):
    losses = checkpointed_peer(name).loss(*batch())
    sum(value for key, value in losses.items() if 'loss' in key).backward()
