# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What of a strong view is trained on, and with which labels."""

import pytest
import torch

from tests.consistency import COLORS, CONSISTENCY, SAME, SUPERVISED, TERMS, colored, fix_teacher, make, views
from tests.tiny import grad_names, sample


@pytest.mark.parametrize('threshold, logit, share', [
    (0., 5., 1.), (0.98, 5., 0.25), (0.99, 5., 0.), (0.3, 5., 1.), (1., 5., 0.), (1., 200., 0.25)])
def test_only_pixels_of_which_the_teacher_is_sure_are_selected_and_their_share_is_logged(threshold, logit, share):
    """A logit of 5 above the others is p = 0.987, one of 200 is exactly 1: as sure as the threshold is sure enough."""
    model = make(threshold=threshold, **SAME)
    logits = torch.zeros(2, 3, 32, 32)
    logits[:, 1, :, :8] = logit
    fix_teacher(model, lambda x: logits)
    images, samples = colored()
    assert model.loss(images, samples)['consistency.selected'].item() == share
    _, target, selected = views(model, images[2:], samples[2:])
    if share == 0.25:
        assert selected[:, :, :8].all() and not selected[:, :, 8:].any() and (target[:, :, :8] == 1).all()


def test_no_pixel_selected_adds_zero_with_finite_gradients():
    model = make(threshold=1., **SAME)
    fix_teacher(model, lambda x: torch.zeros(2, 3, 32, 32))
    losses = model.loss(*colored())
    assert losses['consistency.loss'] == losses['consistency.selected'] == 0
    losses['consistency.loss'].backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters()) and not grad_names(model)


def test_padding_is_not_selected():
    model = make(**SAME)
    images, samples = colored(2, 0)
    samples += [sample((20, 24), labeled=False), sample((32, 9), labeled=False)]
    images = torch.cat([images, images])
    _, _, selected = views(model, images[2:], samples[2:])
    assert selected[0, :20, :24].all() and selected[0].sum() == 20 * 24
    assert selected[1, :, :9].all() and selected[1].sum() == 32 * 9
    assert model.loss(images, samples)['consistency.selected'].item() == 1, 'of the pixels that are no padding'
    no_size = [sample(labeled=False) for _ in range(2)]
    for one in no_size:
        del one.img_shape
    assert views(model, images[2:], no_size)[2].all()


def test_padding_by_the_preprocessor_is_not_selected():
    model = make(**SAME)
    sizes = [(32, 32), (32, 32), (20, 24), (32, 9)]
    data = dict(
        inputs=[torch.randint(256, (3, *size), dtype=torch.uint8) for size in sizes],
        data_samples=[sample(size, labeled=i < 2) for i, size in enumerate(sizes)])
    data = model.data_preprocessor(data, training=True)
    losses = model(**data, mode='loss')
    assert losses['consistency.selected'].item() == 1
    padded = [item.padding_size for item in data['data_samples']]
    assert padded[2:] == [(0, 8, 0, 12), (0, 23, 0, 0)]


def test_labels_and_selection_follow_the_pixels_into_the_boxes():
    model = make(strong_view=SAME['strong_view'], cutmix=dict(prob=1., area=(0.2, 0.4)))
    images = torch.full((3, 3, 32, 32), -1.)
    for i, image in enumerate(images):
        image[i] = 1.  # image i is of class i
    samples = [sample((20, 32), labeled=False), *(sample(labeled=False) for _ in range(2))]
    images[0, :, 20:] = 0.5  # padding
    fix_teacher(model, lambda x: 10 * x)
    strong, target, selected = views(model, images, samples)
    padding = torch.isclose(strong, torch.tensor(0.5), atol=1e-5).all(1)
    assert padding[0].any() and torch.equal(selected, ~padding)
    assert torch.equal(target[selected], strong.argmax(1)[selected])
    assert all(len(x.unique()) == 2 for x in target)


def test_the_unsupervised_losses_leave_out_padding_where_the_boxes_have_put_it():
    model = make(strong_view=SAME['strong_view'], cutmix=dict(prob=1., area=(1, 1), aspect=(1, 1)))
    seen = []
    model.unsupervised_loss = lambda predictions, ramp: seen.append(predictions.valid) or {}
    images, samples = colored()
    samples[2] = sample((20, 32), labeled=False)
    model.loss(images, samples)
    assert seen[0].flatten(1).sum(1).tolist() == [32 * 32, 20 * 32]  # each image has become the other


def test_one_unlabeled_image_is_mixed_with_none():
    model = make(strong_view=SAME['strong_view'], cutmix=dict(prob=1.))
    images, samples = colored(2, 1)
    assert torch.allclose(views(model, images[2:], samples[2:])[0], images[2:], atol=1e-5)
    assert set(model.loss(images, samples)) == SUPERVISED | TERMS | CONSISTENCY | {'unsup.weight'}


def test_a_preprocessor_that_does_not_normalize_is_refused():
    """The strong view needs the mean and the deviation to find the colors."""
    with pytest.raises(ValueError, match='mean'):
        make(data_preprocessor=dict(type='SegDataPreProcessor', size=(32, 32)))


@pytest.mark.parametrize('converts', [True, False])
def test_images_that_the_preprocessor_leaves_bgr_are_colored_as_such(converts):
    model = make(data_preprocessor=dict(COLORS, bgr_to_rgb=converts))
    seen = []
    model.views.photometric.forward = lambda images, mean, std, bgr: seen.append(bgr) or images
    model.views.recolor(torch.zeros(1, 3, 8, 8))
    assert seen == [not converts]
