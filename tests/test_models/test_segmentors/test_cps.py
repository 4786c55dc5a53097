# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Two networks that start apart, the loss by hand, and the mixed form."""
import pytest
import torch
import torch.nn.functional as F
from mmseg.models.backbones import ResNet

from tests.peers import peer
from tests.tiny import batch, sample


def test_the_networks_have_one_architecture_and_weights_of_their_own():
    model = peer('CPS')
    first = {k: v for k, v in model.state_dict().items() if not k.startswith('second.')}
    second = {k[len('second.'):]: v for k, v in model.state_dict().items() if k.startswith('second.')}
    assert {k: v.shape for k, v in first.items() if k != 'ramp_up.step'} == {k: v.shape for k, v in second.items()}
    assert not torch.equal(first['decode_head.conv_seg.weight'], second['decode_head.conv_seg.weight'])


def test_each_learns_the_others_labels_on_labeled_and_unlabeled_images():
    model = peer('CPS').eval()
    images, samples = batch(2, 3)
    first, second = model.segment(images), model.second.decode_head(model.second.backbone(images))
    losses = model.loss(images, samples)
    for name, logits, other in (('first', first, second), ('second', second, first)):
        expected = 1.5 * F.cross_entropy(logits, other.argmax(1))
        assert torch.allclose(losses[f'unsup.loss_{name}'], expected, rtol=1e-4)
    losses['unsup.loss_first'].backward()
    assert all(p.grad is None for p in model.second.parameters()), 'the labels have no gradient'


def test_labels_and_padding_follow_the_pixels_into_the_boxes():
    """Pixels tell their class, and padding none: what is right and counts has no loss."""
    model = peer('CPSCutMix')
    model.segment_both = lambda images: [50 * images, 50 * images]
    images, samples = batch(2, 3)
    images[2:] = torch.eye(3)[:, :, None, None]
    images[2, :, 20:], samples[2] = 0, sample((20, 32), labeled=False)
    losses = model.loss(images, samples)
    assert losses['unsup.loss_first'] < 1e-6 and losses['unsup.loss_second'] < 1e-6


def test_mixed_images_are_learned_and_leave_the_running_statistics_alone():
    model = peer('CPSCutMix')
    seen, both = [], model.segment_both
    model.segment_both = lambda images: (seen.append((images, torch.is_grad_enabled())), both(images))[1]
    images, samples = batch(2, 3)
    losses = model.loss(images, samples)
    (plain, no_grad), (mixed, grad) = seen
    assert (no_grad, grad) == (False, True) and torch.equal(plain, images[2:])
    changed = (plain != mixed).any(1, keepdim=True)
    assert changed.flatten(1).any(1).all() and torch.equal(mixed, plain.roll(1, dims=0).where(changed, plain))
    assert losses['unsup.loss_first'] > 0
    counts = {int(v) for k, v in model.state_dict().items() if k.endswith('num_batches_tracked')}
    assert counts == {2}, 'labeled and unlabeled images, not the mixed ones'


def test_the_same_pretrained_encoder_in_both(monkeypatch):
    loaded = []
    monkeypatch.setattr(ResNet, 'init_weights', lambda self: loaded.append(self.init_cfg))
    model = peer('CPS', backbone=dict(type='ResNet', depth=18, base_channels=4,
                                      init_cfg=dict(type='Pretrained', checkpoint='weights.pth')),
                 decode_head=dict(type='FCNHead', in_channels=32, channels=4, num_convs=1, num_classes=3))
    model.init_weights()
    assert len(loaded) == 2 and all(cfg['checkpoint'] == 'weights.pth' for cfg in loaded)


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match='CutMix: num_boxes=0'):
        peer('CPS', cutmix=dict(num_boxes=0))


def test_its_boxes_have_the_aspects_of_the_released_code_unless_told_otherwise():
    assert peer('CPS', cutmix=dict(num_boxes=3)).cutmix.aspect is None
    assert peer('CPS', cutmix=dict(aspect=(0.5, 2))).cutmix.aspect == (0.5, 2)
