# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A batch by labeled and unlabeled images, in any order, and what is made from it."""
from dataclasses import FrozenInstanceError, replace

import pytest
import torch

from mmseg_entmin.models.semi_batch import SemiBatch, split_batch
from tests.tiny import batch, sample


def test_labeled_images_that_come_first_are_not_copied():
    images, samples = batch(2, 3)
    split = SemiBatch.of(images, samples)
    assert torch.equal(split.labeled, images[:2]) and torch.equal(split.unlabeled, images[2:])
    assert split.labeled.data_ptr() == images.data_ptr() and split.unlabeled.data_ptr() == images[2:].data_ptr()
    assert split.labeled_samples == samples[:2] and split.unlabeled_samples == samples[2:]
    assert torch.equal(split.labels, torch.cat([x.gt_sem_seg.data for x in samples[:2]]))


def test_any_order_and_no_unlabeled_image():
    images, samples = batch(2, 2)
    order = [3, 0, 2, 1]
    split = SemiBatch.of(images[order], [samples[i] for i in order])
    assert torch.equal(split.labeled, images[:2]) and torch.equal(split.unlabeled, images[[3, 2]])
    assert split.labeled_samples == samples[:2] and split.unlabeled_samples == [samples[3], samples[2]]
    assert SemiBatch.of(images[:2], samples[:2]).unlabeled is None


def test_a_batch_without_a_labeled_image_is_refused():
    with pytest.raises(ValueError, match='none of the 3 images of the batch is labeled; train_dataloader.batch_size'):
        split_batch([sample(labeled=False)] * 3)


def test_a_batch_does_not_change_but_gives_others():
    split = SemiBatch.of(*batch(1, 2))
    with pytest.raises(FrozenInstanceError):
        split.unlabeled = split.labeled
    other = replace(split, unlabeled=2 * split.unlabeled)
    assert torch.equal(other.unlabeled, 2 * split.unlabeled) and other.labeled is split.labeled


def test_padding_is_not_valid():
    images, _ = batch(0, 2)
    padded = SemiBatch(images, [], images, [sample((20, 24), labeled=False), sample(labeled=False)])
    assert not padded.all_valid and padded.valid[0, 0, :20, :24].all() and padded.valid[1].all()
    assert padded.valid.sum() == 20 * 24 + 32 * 32
    assert SemiBatch(images, [], images, [sample(labeled=False)] * 2).all_valid
