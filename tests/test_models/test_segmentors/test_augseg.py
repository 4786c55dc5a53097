# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Equality with the released code, the boxes, and what they hold."""
import math

import pytest
import torch

from mmseg_entmin.models.segmentors.augseg import certainty
from mmseg_entmin.models.segmentors.semi_supervised_segmentor import supervised_losses
from mmseg_entmin.models.semi_batch import SemiBatch
from mmseg_entmin.models.views import IntensityAugmentation
from tests.peers import peer
from tests.released import assert_as_released, fill, gradients, integers, normal, projections
from tests.tiny import batch, sample


def released_case():
    """The networks and views that the released code was run on, see ``RELEASED``."""
    model = peer('AugSeg', num_classes=4, threshold=0.5).eval()
    fill(model.teacher.requires_grad_(), 35).requires_grad_(False)
    fill(model.backbone, 0), fill(model.decode_head, 1)
    return model, normal(7, 8, 3, 32, 48)


# A step of train in train_semi.py, revision 7ead870, with batch norms in eval mode, by SGD with rate 0.01, and what it
# drew: first and last row and column of the boxes of each image, its partner and its number.
RELEASED = dict(
    certainty=[0.36005142505035037, 0.36267197654654376, 0.39602600871117294, 0.3537425382594382],
    supervised=1.6510259600523198, strong=1.042279133383663, selected=0.75390625,
    gradients=[11.685299472146937, 1.252685635752084], student=[4004.17037049027, 4.795661261529572],
    teacher=[9.409882022902984, -4.155833439414764])
DRAWN = dict(
    of_labeled=[[11, 4, 23, 16], [17, 34, 15, 17], [23, 16, 32, 28], [35, 48, 33, 35]],
    of_others=[[17, 17, 3, 11], [21, 23, 13, 4], [32, 32, 23, 31], [48, 48, 43, 34]], order=[3, 1, 0, 2],
    chance=[0.7159705159683643, 0.8027575039373649, 0.09280080864073792, 0.518152548941889])


def mask_of(boxes, count=4, height=32, width=48):
    mask = torch.zeros(count, 1, height, width, dtype=torch.bool)
    for one, top, left, bottom, right in zip(mask, *boxes):
        one[:, top:bottom, left:right] = True
    return mask


def test_a_step_equals_that_of_the_released_code():
    model, views = released_case()
    model.views.recolor = lambda images: views[4:]
    model.draw = lambda *size: (mask_of(DRAWN['of_labeled']), mask_of(DRAWN['of_others']),
                                torch.tensor(DRAWN['order']), torch.tensor(DRAWN['chance']))
    labels = integers(8, 4, 4, 32, 48)
    labels[0, :6] = 255
    samples = [sample((32, 48), labels=one[None]) for one in labels] + [sample((32, 48), labeled=False)] * 4
    data = SemiBatch.of(torch.cat([normal(9, 4, 3, 32, 48), views[:4]]), samples)
    losses, logits = supervised_losses(model, data.labeled, data.labeled_samples)
    losses.update(model.unlabeled_loss(data, logits, 1.))
    (losses['decode.loss_ce'] + losses['unsup.loss_strong']).backward()
    got = dict(certainty=certainty(model.resize(model.teacher(data.unlabeled), data.unlabeled)).tolist(),
               supervised=losses['decode.loss_ce'].item(), strong=losses['unsup.loss_strong'].item(),
               selected=losses['unsup.selected'].item(), gradients=projections(gradients(model)))
    model.teacher.step += 2001  # as in the released step
    optimizer = torch.optim.SGD([*model.backbone.parameters(), *model.decode_head.parameters()], lr=0.01)
    assert_as_released(model, optimizer, got, RELEASED)


def test_boxes_have_one_size_are_clipped_and_begin_beyond_an_eighth():
    model = peer('AugSeg')
    boxes = model.boxes(300, 32, 64, torch.tensor(0.75))[:, 0]  # half of each side
    rows, columns = boxes.any(2).sum(1), boxes.any(1).sum(1)
    assert rows.max() == 16 and columns.max() == 32 and 9 <= rows.min() < 11 and 17 <= columns.min() < 20
    assert not model.boxes(9, 32, 64, torch.tensor(1.)).any()
    assert len(model.draw(3, 32, 64)) == 4 and not torch.equal(*model.draw(3, 32, 64)[:2])


@pytest.mark.parametrize('sure, of_labeled', [(0., True), (1., False)])
def test_boxes_hold_labeled_images_where_the_teacher_is_unsure_and_their_labels_follow(sure, of_labeled, monkeypatch):
    """Pixels tell their class, and padding and ignored pixels none: what is right and counts has no loss."""
    model = peer('AugSeg', threshold=0.)
    model.views.recolor = lambda images: images
    seen = []
    model.segment = lambda images: (seen.append(images), 50 * images)[1]
    model.teacher.forward = lambda images: 50 * images
    monkeypatch.setattr('mmseg_entmin.models.segmentors.augseg.certainty', lambda logits: torch.full((3, ), sure))
    labels = torch.randint(3, (2, 32, 32))
    labels[0, :16] = 255
    labeled = torch.eye(3)[labels.clamp(max=2)].movedim(3, 1)
    labeled[0, :, :16] = 9.
    unlabeled = torch.eye(3)[:, :, None, None].expand(3, 3, 32, 32).clone()
    unlabeled[2, :, 20:] = 0
    samples = [sample(labels=one[None]) for one in labels] + [sample(labeled=False)] * 2 + [
        sample((20, 32), labeled=False)]
    data = SemiBatch.of(torch.cat([labeled, unlabeled]), samples)
    losses = [model.unlabeled_loss(data, None, 1.) for _ in range(20)]
    assert all(loss['unsup.loss_strong'] < 1e-6 for loss in losses)
    strong = torch.stack(seen)
    assert any((x != x[:, :, :1, :1]).any() for x in strong[:, :2]) or not of_labeled
    assert (strong.sum(2) > 1.5).any() == of_labeled  # ignored pixels of a labeled image
    assert all(0.9 < loss['unsup.selected'] <= 1 for loss in losses) or of_labeled


def test_certainty_is_0_of_an_even_prediction_and_1_of_a_sure_one():
    logits = torch.zeros(2, 3, 4, 4)
    logits[1, 0] = 90.
    assert certainty(logits).tolist() == pytest.approx([0., 1.], abs=1e-6)
    probs = torch.tensor([0.5, 0.5, 1e-9])
    assert certainty(probs.log().view(1, 3, 1, 1)).item() == pytest.approx(
        (1 - math.log(2) / math.log(3)) * 0.5, rel=1e-4)


def test_strong_views_change_intensities_and_leave_the_running_statistics_alone():
    model = peer('AugSeg', strong_view=dict(num_changes=2))
    assert isinstance(model.views.photometric, IntensityAugmentation) and model.views.photometric.num_changes == 2
    model.loss(*batch())
    counts = {int(v) for k, v in model.state_dict().items() if k.endswith('num_batches_tracked') and 'teacher' not in k}
    assert counts == {1}  # the labeled images


def test_options_that_do_not_exist_or_fit_are_refused():
    with pytest.raises(ValueError, match='^strong_view: num_changes=0, must be at least 1'):
        peer('AugSeg', strong_view=dict(num_changes=0))
    with pytest.raises(TypeError, match='cutmix'):
        peer('AugSeg', cutmix=dict(prob=1.))
