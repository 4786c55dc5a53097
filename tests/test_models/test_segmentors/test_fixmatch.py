# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The loss by hand with padding, where the labels come from, and what moves the running statistics."""
import copy

import pytest
import torch
import torch.nn.functional as F

from mmseg_entmin.models.semi_batch import SemiBatch
from tests.peers import peer
from tests.tiny import batch, sample

PLAIN = dict(strong_view=dict(jitter_prob=0., gray_prob=0., blur_prob=0.), cutmix=dict(prob=0.))


def test_sum_over_the_selected_pixels_is_divided_by_all_that_are_no_padding():
    model = peer('FixMatch', threshold=0.9, **PLAIN)
    images, samples = batch(2, 0)
    samples += [sample((20, 24), labeled=False), sample(labeled=False)]
    images = torch.cat([images, images])
    weak, strong = torch.zeros(2, 3, 32, 32), torch.randn(2, 3, 32, 32, requires_grad=True)
    weak[:, 2, :8] = 9.
    outputs = iter([weak, strong])
    model.segment = lambda x: next(outputs)
    losses = model.loss(images, samples)
    terms = F.cross_entropy(strong, torch.full((2, 32, 32), 2), reduction='none')
    count = 20 * 24 + 32 * 32
    expected = (terms[0, :8, :24].sum() + terms[1, :8].sum()) / count
    assert torch.allclose(losses['unsup.loss_strong'], expected)
    assert losses['unsup.selected'].item() == pytest.approx((8 * 24 + 8 * 32) / count)


def test_labels_are_the_networks_own_on_the_weak_view_in_training_mode_without_a_gradient():
    model = peer('FixMatch', threshold=0., **PLAIN)
    seen, segment = [], model.segment
    model.segment = lambda x: (seen.append((x, torch.is_grad_enabled(), model.training)), segment(x))[1]
    images, samples = batch()
    images = images.clamp(-1.5, 1.5)  # colors
    model.loss(images, samples)
    assert [grad for _, grad, _ in seen] == [False, True] and all(training for _, _, training in seen)
    assert torch.equal(seen[0][0], images[2:]) and torch.allclose(seen[1][0], images[2:], atol=1e-4)


def test_weak_views_move_the_running_statistics_and_strong_ones_do_not():
    model = peer('FixMatch')
    control = copy.deepcopy(model)
    images, samples = batch()
    model.loss(images, samples)
    control.loss(images[:2], samples[:2])
    with torch.no_grad():
        control.segment(images[2:])
    running = {k: v for k, v in model.state_dict().items() if 'running' in k}
    assert running and all(torch.equal(v, control.state_dict()[k]) for k, v in running.items())


def test_inside_a_box_label_confidence_and_padding_are_the_partners():
    model = peer('FixMatch', threshold=0.9, strong_view=PLAIN['strong_view'],
                 cutmix=dict(prob=1., area=(0.2, 0.4)))
    images = torch.full((2, 3, 32, 32), -1.)
    images[0, 0] = images[1, 1] = 1.  # image i is of class i
    samples = [sample((20, 32), labeled=False), sample(labeled=False)]
    strong, target, selected, valid = model.labeled_view(SemiBatch(None, [], images, samples), 10 * images)
    assert torch.equal(target[:, 0], strong.argmax(1)) and torch.equal(selected, valid) and len(target[0].unique()) == 2
    assert torch.equal(valid[1] == 0, (target[1] == 0) & (torch.arange(32)[:, None] >= 20))


@pytest.mark.parametrize('kind', ['FixMatch', 'UniMatch'])
def test_labels_of_partners_in_eval_mode(kind):
    model = peer(kind, threshold=0., eval_partner=True, strong_view=PLAIN['strong_view'],
                 cutmix=dict(prob=1., area=(0.2, 0.4)))
    images, samples = batch()
    seen, segment, views, view = [], model.segment, [], model.labeled_view
    model.segment = lambda x: (seen.append((x, model.training, torch.is_grad_enabled())), segment(x))[1]
    model.labeled_view = lambda *args: (views.append((args, view(*args))), views[-1][1])[1]
    model.loss(images, samples)
    in_eval = [torch.equal(x, images[2:]) and not grad for x, training, grad in seen if not training]
    assert in_eval == [True] and model.training and all(m.training for m in model.backbone.modules())
    for (_, weak, partner), (_, target, *_) in views:
        assert not torch.allclose(weak, partner)
        own, others = weak.argmax(1, keepdim=True), partner.argmax(1, keepdim=True).roll(1, 0)
        assert ((target == own) | (target == others)).all()
        assert (target != own).any() and (target != others).any()
