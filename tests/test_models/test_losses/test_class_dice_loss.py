# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Soft Dice of each class."""
import pytest
import torch
from torch.nn.functional import one_hot

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS
from tests.synchronisation import NoSynchronisation

# MONAI 1.6.1: DiceLoss(softmax=True, to_onehot_y=True, batch=True, smooth_nr=1, smooth_dr=1) on `case(seed)`.
MONAI = {0: 0.6623668670654297, 1: 0.6480563282966614, 2: 0.638453483581543}


def case(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3, 6, 7, generator=generator), torch.randint(0, 3, (2, 6, 7), generator=generator)


def build(**options):
    return MODELS.build(dict(type='ClassDiceLoss', **options))


@pytest.mark.parametrize('seed', MONAI)
def test_it_is_monais_where_all_is_labeled(seed):
    assert float(build()(*case(seed))) == pytest.approx(MONAI[seed], abs=1e-6)
    assert float(build(loss_weight=2)(*case(seed))) == pytest.approx(2 * MONAI[seed], abs=1e-6)


def test_a_rare_class_counts_as_much_as_the_others():
    labels = torch.zeros(1, 10, 10, dtype=torch.int64)
    labels[0, 0, 0] = 1
    logits = 50. * one_hot(torch.zeros_like(labels), 2).movedim(-1, 1)  # never the second class
    assert float(build(smooth=1e-6)(logits, labels)) == pytest.approx(0.5, abs=0.01)


def test_ignored_pixels_and_absent_classes_do_not_count():
    logits, labels = case(0)
    labels[labels == 2] = 255
    loss, other = build(), logits.clone()
    other.movedim(1, -1)[labels == 255] += torch.tensor([3., 0., -3.])
    assert float(loss(logits, labels)) == pytest.approx(float(loss(other, labels)))
    right = 50. * one_hot(labels.clamp(max=1), 3).movedim(-1, 1)
    assert float(loss(right, labels)) == pytest.approx(0, abs=1e-4)
    assert float(loss(logits, torch.full_like(labels, 255))) == 0


def test_it_waits_for_no_value():
    logits, labels = case(0)
    labels[0] = 255
    with NoSynchronisation():
        loss = build()(logits.requires_grad_(), labels, weight=torch.rand(2, 6, 7))
    assert loss.isfinite()


def test_wrong_options():
    with pytest.raises(OptionError, match='smooth=0'):
        build(smooth=0)
