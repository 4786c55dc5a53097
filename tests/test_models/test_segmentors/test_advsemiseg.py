# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Terms of the segmentor and of the discriminator by hand."""
import pytest
import torch
import torch.nn.functional as F

from tests.peers import peer, supervised_cfg
from tests.tiny import batch, sample

BCE = F.binary_cross_entropy_with_logits


def make(**options):
    model = peer('AdvSemiSeg', **{'unsup_weight': 1., 'semi_begin': 0, **options})
    return model.eval()


def test_terms_with_ignored_labels():
    model = make(adv_weight=0.5, adv_unlabeled_weight=0.25, semi_weight=2., threshold=0.5)
    images, samples = batch()
    labels = torch.randint(3, (1, 32, 32))
    labels[:, :10] = 255
    samples[0] = sample(labels=labels)
    losses = model.loss(images, samples)
    known = torch.ones(2, 1, 32, 32, dtype=torch.bool)
    known[0, :, :10] = False
    logits = model.segment(images)
    scores = model.discriminator(logits.softmax(1))
    ones = torch.ones_like(scores)
    expected = BCE(scores[:2], ones[:2], reduction='none')[known].mean()
    assert torch.allclose(losses['unsup.loss_adv_labeled'], 0.5 * expected)
    assert torch.allclose(losses['unsup.loss_adv'], 0.25 * BCE(scores[2:], ones[2:]))
    selected = scores[2:, 0] >= 0
    terms = F.cross_entropy(logits[2:], logits[2:].argmax(1), reduction='none')
    expected = 2 * terms[selected].mean() if selected.any() else torch.zeros(())
    assert torch.allclose(losses['unsup.loss_semi'], expected)
    assert torch.allclose(losses['unsup.selected'], selected.float().mean())
    maps = torch.cat([s.gt_sem_seg.data for s in samples[:2]])
    truth = torch.stack([maps == c for c in range(3)], dim=1).float()
    real = BCE(model.discriminator(truth), ones[:2], reduction='none')[known].mean()
    fake = BCE(scores, 0 * ones, reduction='none')[torch.cat([known, torch.ones_like(known)])].mean()
    assert torch.allclose(losses['discriminator.loss'], (real + fake) / 2)


@pytest.mark.parametrize('name, key', [
    ('AdvSemiSeg', 'unsup.loss_adv_labeled'), ('S4GANMLMT', 'classifier.loss_presence')])
def test_a_class_that_is_ignored_is_not_learned(name, key):
    """Images whose labels are all ignored give the same losses, whatever the index."""
    images, samples = batch()
    values = []
    for ignored in (0, 255):
        torch.manual_seed(0)
        model = peer(name, decode_head=dict(supervised_cfg()['decode_head'], ignore_index=ignored)).eval()
        unknown = [sample(labels=torch.full((1, 32, 32), ignored)) for _ in range(2)]
        values.append(model.loss(images, unknown + samples[2:]))
    assert values[0][key] == values[1][key]
    assert values[0]['discriminator.loss'] == values[1]['discriminator.loss']


def test_the_discriminator_learns_on_labeled_predictions_alone_if_told_so():
    model = make(unlabeled_to_discriminator=False)
    images, samples = batch()
    other = torch.cat([images[:2], images[2:].flip(3)])
    first, second = model.loss(images, samples), model.loss(other, samples)
    assert first['discriminator.loss'] == second['discriminator.loss']


def test_where_no_pixel_passes_only_the_semi_supervised_term_is_zero():
    losses = make(threshold=1.).loss(*batch())
    assert losses['unsup.loss_semi'] == losses['unsup.selected'] == 0 and losses['unsup.loss_adv'] > 0


def test_the_semi_supervised_term_sets_in_later():
    model = make(semi_begin=2, threshold=0.)
    terms = [model.loss(*batch())['unsup.loss_semi'].item() for _ in range(4)]
    assert terms[:2] == [0., 0.] and min(terms[2:]) > 0


def test_weights_are_the_papers():
    model = peer('AdvSemiSeg')
    assert (model.adv_weight, model.adv_unlabeled_weight, model.semi_weight, model.threshold) == (0.01, 0.001, 0.1, 0.2)
    with pytest.raises(ValueError, match='AdvSemiSeg: adv_weight=-1, must not be negative'):
        make(adv_weight=-1)
