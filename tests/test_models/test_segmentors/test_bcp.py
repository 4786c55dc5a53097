# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Equality with the released code, and the mixtures by hand."""
import pytest
import torch

from mmseg_entmin.models.segmentors.bcp import masked_dice
from mmseg_entmin.models.semi_batch import SemiBatch
from tests.peers import peer
from tests.released import assert_as_released, fill, gradients, integers, normal, projections
from tests.tiny import batch, sample


def released_case():
    """The networks, images and labels that the released code was run on, see ``RELEASED``."""
    model = peer('BCPReleased', num_classes=4)
    fill(model.teacher.requires_grad_(), 21).requires_grad_(False)
    fill(model.backbone, 0), fill(model.decode_head, 1)
    return model, normal(7, 8, 3, 32, 48), integers(8, 4, 4, 32, 48)


# A step of self_train in code/ACDC_BCP_train.py, revision 7879f98, without dropout, by SGD with rate 0.01, momentum 0.9
# and weight decay 1e-4; its box was drawn by np.random.seed(0).
RELEASED = dict(
    kept=[4666, 67, 1372, 39], labels=146542, ce=2.7312187415378784, dice=1.0870300407718458,
    gradients=[0.8004926755856573, 1.5956969843853317], student=[4004.2752142710124, 4.792226339855123],
    teacher=[-9.15168992781134, -1.4671308738751683])


def test_a_step_equals_that_of_the_released_code():
    model, images, labels = released_case()
    box = torch.zeros(1, 1, 32, 48, dtype=torch.bool)
    box[:, :, 5:26, :32] = True
    model.draw_box = lambda height, width: box
    samples = [sample((32, 48), labels=one[None]) for one in labels] + [sample((32, 48), labeled=False)] * 4
    found, _ = model.teacher_labels(images[4:])
    assert found.flatten().bincount().tolist() == RELEASED['kept']
    assert (found * integers(5, 100, *found.shape)).sum() == RELEASED['labels']

    optimizer = torch.optim.SGD([*model.backbone.parameters(), *model.decode_head.parameters()], lr=0.01, momentum=0.9,
                                weight_decay=1e-4)
    losses = model.unlabeled_loss(SemiBatch.of(images, samples), None, 1.)
    (losses['unsup.loss_ce'] + losses['unsup.loss_dice']).backward()
    model.teacher.step += 1000  # its decay is 0.99 by then
    got = dict(ce=losses['unsup.loss_ce'].item(), dice=losses['unsup.loss_dice'].item(),
               gradients=projections(gradients(model)))
    assert_as_released(model, optimizer, got, RELEASED)


def test_the_box_is_two_thirds_of_each_side_and_lies_anywhere():
    model = peer('BCP')
    boxes = torch.cat([model.draw_box(30, 45) for _ in range(200)])[:, 0]
    assert all(box.any(1).sum() == 20 and box.any(0).sum() == 30 and box.sum() == 600 for box in boxes)
    assert boxes.float().mean(0).max() == 1 and boxes[:, 0].any() and boxes[:, -2].any() and not boxes[:, -1].any()
    assert peer('BCP', box=1.).draw_box(3, 4).all() and not peer('BCP', box=0.).draw_box(3, 4).any()


def test_each_pixel_is_taught_by_the_image_that_it_comes_from():
    """Pixels tell their class, and padding none: what is right and counts has no loss, also of ignored pixels."""
    model = peer('BCP', largest_component=False)
    seen = []
    model.segment = lambda images: (seen.append(images), 50 * images)[1]
    model.teacher.forward = lambda images: 50 * images
    labels = torch.randint(3, (2, 32, 32))
    labels[0, :5] = 255
    labeled = torch.eye(3)[labels.clamp(max=2)].movedim(3, 1)
    labeled[0, :, :5] = 9 * torch.randn(3, 5, 32)
    unlabeled = torch.eye(3)[torch.randint(3, (3, 32, 32))].movedim(3, 1)
    unlabeled[2, :, 20:] = 0
    samples = [sample(labels=one[None]) for one in labels] + [sample(labeled=False)] * 2 + [
        sample((20, 32), labeled=False)]
    losses = model.unlabeled_loss(SemiBatch.of(torch.cat([labeled, unlabeled]), samples), None, 1.)
    assert losses['unsup.loss_ce'] < 1e-6 and losses['unsup.loss_dice'] < 1e-6 and losses['unsup.kept'] == 1
    into_unlabeled, into_labeled = seen
    assert len(into_unlabeled) == 2 and len(into_labeled) == 1
    inside = (into_unlabeled[1] == labeled[1]).all(0)  # unlabeled image 1 and labeled image 1
    assert (21 * 21 <= inside.sum()) and torch.equal(into_unlabeled[1], unlabeled[1].where(~inside, labeled[1]))
    corners = into_labeled[0][:, (0, 0, -1, -1), (0, -1, 0, -1)]  # unlabeled image 2 and labeled image 0
    assert (corners == labeled[0][:, (0, 0, -1, -1), (0, -1, 0, -1)]).all(0).sum() >= 3


def test_unlabeled_pixels_have_a_weight_of_their_own():
    losses = []
    for weight in (0., 1., 3.):
        torch.manual_seed(0)
        model = peer('BCP', unlabeled_weight=weight)
        losses.append(model.loss(*batch())['unsup.loss_ce'].item())
    assert losses[2] - losses[1] == pytest.approx(2 * (losses[1] - losses[0]), rel=1e-4)
    assert losses[0] < losses[1]


def test_dice_is_1_without_overlap_and_0_where_nothing_counts():
    labels, every = torch.zeros(1, 1, 4, 4, dtype=torch.long), torch.ones(1, 1, 4, 4, dtype=torch.bool)
    right, wrong = torch.zeros(2, 1, 2, 4, 4)
    right[:, 0], wrong[:, 1] = 200., 200.
    assert masked_dice(right, labels, every) == 0 and masked_dice(wrong, labels, every) == 1
    assert masked_dice(wrong, labels, ~every) == 0


def test_a_teacher_of_several_objects_keeps_one_and_says_how_much_that_is():
    for kept, largest in ((0.5, True), (1., False)):
        model = peer('BCP', largest_component=largest)
        logits = torch.zeros(2, 3, 32, 32)
        logits[:, 1, :, :8] = logits[:, 1, :, 24:] = 1.
        logits[:, 0, :, 8:24] = 1.
        model.teacher.forward = lambda images, logits=logits: logits[:len(images)]
        losses = model.loss(*batch())
        assert losses['unsup.kept'] == (1 + kept) / 2 and losses['unsup.share_1'] == 0.5


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match='BCP: box=1.5, must be in 0..1'):
        peer('BCP', box=1.5)
    with pytest.raises(ValueError, match='BCP: unlabeled_weight=-1, must not be negative'):
        peer('BCP', unlabeled_weight=-1)
