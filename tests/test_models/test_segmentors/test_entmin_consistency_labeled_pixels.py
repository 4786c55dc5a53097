# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Boxes and classes of labeled images on strong views: what is in them, what is learned there, what is left alone."""
import pytest
import torch

from mmseg_entmin.models.semi_batch import SemiBatch
from tests.consistency import SAME, SUPERVISED, colored, fix_teacher, losses_of, make
from tests.tiny import same

ALL, SOME = dict(prob=1., area=(1, 1), aspect=(1, 1)), dict(prob=1., area=(0.1, 0.4))


def view_of(model, images, samples):
    """Strong views of the unlabeled images, the labels of their pixels, whether they are trained on, and whether they
    show something; the teacher calls every pixel class 1, and is not sure of it."""
    fix_teacher(model, lambda x: torch.stack([x[:, 0] * 0, x[:, 0] * 0 + 0.1, x[:, 0] * 0], 1))
    return model.strong_views(SemiBatch.of(images, samples))


def test_inside_the_boxes_are_the_labeled_images_and_their_true_labels_outside_the_teachers():
    model = make(**SAME, labeled_boxes=SOME, threshold=0.9)
    images, samples = colored(2, 2)
    strong, target, selected, valid = view_of(model, images, samples)
    inside = selected  # the teacher is nowhere sure
    share = inside.float().mean(dim=(1, 2, 3))
    assert (share > 0.05).all() and (share < 0.5).all() and valid.all()
    expected = torch.where(inside, images[:2], images[2:])
    assert torch.allclose(strong, expected, atol=1e-5)
    maps = torch.stack([sample.gt_sem_seg.data for sample in samples[:2]])
    assert torch.equal(target, torch.where(inside, maps, torch.ones_like(maps)))


def test_what_is_pasted_has_other_colors():
    model = make(strong_view=dict(jitter_prob=0., gray_prob=1., blur_prob=0.), labeled_boxes=ALL)
    images, samples = colored(2, 2)
    strong, *_ = view_of(model, images, samples)
    assert torch.allclose(strong, model.views.recolor(images[:2])) and not torch.allclose(strong, images[:2], atol=0.1)


def test_classes_are_pasted_whole_under_their_true_labels():
    model = make(**SAME, labeled_classes=dict(share=0.1), threshold=0.9)
    images, samples = colored(2, 2)
    strong, target, selected, _ = view_of(model, images, samples)
    maps = torch.stack([sample.gt_sem_seg.data for sample in samples[:2]])
    for image, inside in zip(maps, selected):
        drawn, = image[inside].unique()
        assert torch.equal(inside, image == drawn)
    assert torch.allclose(strong, torch.where(selected, images[:2], images[2:]), atol=1e-5)
    assert torch.equal(target, torch.where(selected, maps, torch.ones_like(maps)))


def test_only_chosen_classes_are_pasted_and_each_class_has_its_threshold():
    model = make(**SAME, labeled_classes=dict(share=1., classes=[2]), threshold=[0.9, 0.9, 0.9])
    images, samples = colored(2, 2)
    _, _, selected, _ = view_of(model, images, samples)
    maps = torch.stack([sample.gt_sem_seg.data for sample in samples[:2]])
    assert torch.equal(selected, maps == 2)
    model.threshold = [0.9, 0.2, 0.9]  # the teacher calls every pixel class 1
    assert view_of(model, images, samples)[2].all()
    with pytest.raises(ValueError, match='give 3 thresholds'):
        make(threshold=[0.9, 0.2])


def test_boxes_and_classes_together():
    model = make(**SAME, labeled_boxes=SOME, labeled_classes=dict(share=1.), threshold=0.9)
    images, samples = colored(2, 2)
    strong, _, selected, _ = view_of(model, images, samples)
    assert selected.all() and torch.allclose(strong, images[:2], atol=1e-5)


@pytest.mark.parametrize('options', [dict(labeled_boxes=ALL), dict(labeled_classes=dict(share=1.))])
def test_ignored_pixels_are_not_pasted(options):
    model = make(**SAME, **options, threshold=0.9)
    images, samples = colored(2, 2)
    for sample in samples[:2]:
        sample.gt_sem_seg.data[:, :8] = 255
    strong, target, selected, _ = view_of(model, images, samples)
    assert torch.allclose(strong[:, :, :8], images[2:, :, :8], atol=1e-5)
    assert torch.allclose(strong[:, :, 8:], images[:2, :, 8:], atol=1e-5)
    assert (target[:, :, :8] == 1).all() and not selected[:, :, :8].any() and selected[:, :, 8:].all()


def test_a_pixel_of_a_box_is_learned_where_the_unlabeled_image_shows_nothing():
    model = make(**SAME, labeled_boxes=SOME)
    images, samples = colored(2, 2)
    for sample in samples[2:]:
        sample.set_metainfo(dict(img_shape=(32, 0)))
    *_, selected, valid = view_of(model, images, samples)
    assert torch.equal(selected, valid) and valid.any() and not valid.all()


@pytest.mark.parametrize('labeled, unlabeled', [(1, 3), (3, 1), (2, 5)])
def test_labeled_images_take_turns_in_any_number(labeled, unlabeled):
    model = make(**SAME, labeled_boxes=ALL)
    images, samples = colored(labeled, unlabeled)
    strong, *_ = view_of(model, images, samples)
    turn = [i % labeled for i in range(unlabeled)]
    assert torch.allclose(strong, images[:labeled][turn], atol=1e-5)


def test_what_is_pasted_changes_the_losses_on_strong_views_alone():
    data = colored()
    plain, pasting = make(**SAME), make(**SAME, labeled_boxes=ALL)
    pasting.load_state_dict(plain.state_dict())
    plain, pasting = losses_of(plain, *data), losses_of(pasting, *data)
    assert set(plain) == set(pasting)
    assert same(plain, pasting) == SUPERVISED | {'unsup.weight', 'consistency.weight', 'consistency.selected'}


def test_without_probability_nothing_is_pasted():
    data = colored()
    plain, pasting = make(**SAME), make(**SAME, labeled_boxes=dict(prob=0.))
    pasting.load_state_dict(plain.state_dict())
    plain, pasting = losses_of(plain, *data), losses_of(pasting, *data)
    assert same(plain, pasting) == set(plain)


def test_the_labels_in_a_box_are_learned():
    """With the teacher unsure of all, only the boxes are trained on: a perfect prediction there has hardly a loss."""
    model = make(**SAME, labeled_boxes=SOME, threshold=0.9)
    images, samples = colored()
    view = view_of(model, images, samples)
    predictions = model.forward_predictions(view[0])
    right = torch.nn.functional.one_hot(view[1][:, 0], 3).permute(0, 3, 1, 2) * 50.
    logits = right.clone().requires_grad_()
    predictions.seg_outputs = (logits, *predictions.seg_outputs[1:])
    assert model.consistency_loss(predictions, *view[1:]) < 1e-6
    predictions.seg_outputs = (torch.zeros_like(logits).requires_grad_(), *predictions.seg_outputs[1:])
    loss = model.consistency_loss(predictions, *view[1:])
    grad, = torch.autograd.grad(loss, predictions.seg_mean)
    assert torch.equal(grad.abs().sum(1, keepdim=True) > 0, view[2])


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match='labeled_boxes: prob=2'):
        make(labeled_boxes=dict(prob=2))
    with pytest.raises(ValueError, match='labeled_classes: share=2'):
        make(labeled_classes=dict(share=2))
