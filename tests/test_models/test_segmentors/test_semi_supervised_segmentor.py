# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the base class of the peers takes and refuses; what every peer keeps to is in test_every_method.py."""
import pytest
from mmengine.registry import DefaultScope

from mmseg_entmin.models.segmentors import SemiSupervisedSegmentor
from tests.peers import peer, supervised_cfg
from tests.tiny import batch

AUXILIARY = dict(
    type='FCNHead', in_channels=8, in_index=2, channels=4, num_convs=1, num_classes=3,
    loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True))


def test_any_decode_head_with_its_auxiliary_heads():
    for name in ('MeanTeacher', 'CPS'):
        assert peer(name, auxiliary_head=AUXILIARY).loss(*batch())['aux.loss_ce'].isfinite()
    head = supervised_cfg()['decode_head']
    model = peer('MeanTeacher', decode_head=dict(type='UncertaintyHead', head=head))
    assert model.loss(*batch())['unsup.loss_consistency'].isfinite()


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match='MeanTeacher: unsup_weight=-1, must not be negative'):
        peer('MeanTeacher', unsup_weight=-1)
    for name in ('PseudoLabel', 'FixMatch', 'AdvSemiSeg', 'S4GAN'):
        with pytest.raises(ValueError, match=f'{name}: threshold=1.5, must be in 0..1'):
            peer(name, threshold=1.5)
    head = dict(supervised_cfg(2)['decode_head'], out_channels=1, threshold=0.3,
                loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True))
    with pytest.raises(ValueError, match='decode_head.out_channels=1 for num_classes=2.*set out_channels=num_classes'):
        peer('FixMatch', decode_head=head)
    with pytest.raises(ValueError, match="FixMatch: decode_head is a list of 2 heads.*type='UncertaintyHead', head="):
        peer('FixMatch', decode_head=[supervised_cfg()['decode_head']] * 2)
    for name in ('FixMatch', 'MASSL', 'S4GANMLMT'):
        with pytest.raises(ValueError, match='data_preprocessor has no mean and std'):
            peer(name, data_preprocessor=dict(type='SegDataPreProcessor', size=(32, 32)))
    assert peer('S4GAN', data_preprocessor=dict(type='SegDataPreProcessor', size=(32, 32)))


def test_the_base_alone_is_no_method():
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = SemiSupervisedSegmentor(**{key: value for key, value in supervised_cfg().items() if key != 'type'})
    with pytest.raises(NotImplementedError):
        model.loss(*batch())
