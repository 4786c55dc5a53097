# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The logits among the outputs of any head."""
import pytest
import torch

from mmseg_entmin.models.decode_heads.head_logits import logits_of
from tests.tiny import build

PLAIN = dict(channels=8, num_classes=3, norm_cfg=dict(type='BN'))
KNET = dict(
    type='IterativeDecodeHead', num_stages=1,
    kernel_update_head=[dict(
        type='KernelUpdateHead', num_classes=3, num_heads=2, feedforward_channels=16, in_channels=8, out_channels=8,
        conv_kernel_size=1, feat_transform_cfg=dict(conv_cfg=dict(type='Conv2d'), act_cfg=None),
        kernel_updator_cfg=dict(type='KernelUpdator', in_channels=8, feat_channels=8, out_channels=8))],
    kernel_generate_head=dict(type='FCNHead', in_channels=8, **PLAIN))
# A head, the channels of its maps in training, and which of them it reads at test time.
HEADS = {
    'FCN': (dict(type='FCNHead', in_channels=8, **PLAIN), [8], [0]),
    'Uncertainty': (dict(type='UncertaintyHead', head=dict(type='FCNHead', in_channels=8, **PLAIN)), [8], [0]),
    'DA': (dict(type='DAHead', in_channels=8, pam_channels=4, **PLAIN), [8], [0]),
    'Enc': (dict(type='EncHead', in_channels=[8], in_index=[0], num_codes=4, **PLAIN), [8], [0]),
    'K-Net': (KNET, [8], [0]),
    'DDRNet': (dict(type='DDRHead', in_channels=8, **PLAIN), [4, 8], 1),
    'PIDNet': (dict(type='PIDHead', in_channels=8, **PLAIN), [4, 8, 4], 1),
}


@pytest.mark.parametrize('name', HEADS)
def test_the_logits_in_training_are_the_ones_that_the_head_predicts_with(name):
    cfg, channels, read = HEADS[name]
    head = build(cfg).eval()
    maps = [torch.randn(2, c, 16, 16) for c in channels]
    metas = [dict(img_shape=(16, 16))]
    predicted = (head.predict(maps, metas, None) if isinstance(read, list) else head(maps[read]))
    head.training = True  # its batch norms stay as they are
    assert torch.equal(logits_of(head, head(maps)), predicted)


def test_several_outputs_of_an_unknown_head_are_refused():
    with pytest.raises(ValueError, match='decode_head.type=Identity returns 2 outputs.*use a head.*UncertaintyHead'):
        logits_of(torch.nn.Identity(), (torch.zeros(1), torch.zeros(1)))
