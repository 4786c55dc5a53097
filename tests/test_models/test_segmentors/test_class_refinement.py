# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masking by classification: minus infinity, background kept, never everything."""
import pytest
import torch

from mmseg_entmin.models import ClassRefinement

LOGITS = torch.randn(4, 5, 6)


def test_masks_absent_classes_with_minus_infinity():
    refined = ClassRefinement(0.2)(LOGITS, torch.tensor([0.0, 0.6, 0.1, 0.3]))
    assert torch.equal(refined[[0, 1, 3]], LOGITS[[0, 1, 3]])
    assert (refined[2] == -torch.inf).all()
    assert (refined.argmax(0) != 2).all()
    probs = refined.softmax(0)
    assert probs.isfinite().all() and not probs[2].any()


def test_a_negative_logit_of_a_kept_class_beats_an_absent_class():
    """Multiplying absent logits by 0, as a released code does, would let them win here."""
    logits = -torch.rand(3, 2, 2) - 1
    assert (ClassRefinement(0.5)(logits, torch.tensor([0.9, 0.9, 0.1])).argmax(0) != 2).all()


def test_background_is_always_kept_and_never_all_are_masked():
    probs = torch.tensor([0.01, 0.03, 0.02, 0.01])
    kept = ClassRefinement(0.5, background=0)(LOGITS, probs).isfinite().flatten(1).all(1)
    assert kept.tolist() == [True, True, False, False]
    kept = ClassRefinement(0.5, background=None)(LOGITS, probs).isfinite().flatten(1).all(1)
    assert kept.tolist() == [False, True, False, False]


def test_threshold_zero_keeps_everything_and_a_bad_one_is_refused():
    assert torch.equal(ClassRefinement(0.)(LOGITS, torch.zeros(4)), LOGITS)
    with pytest.raises(ValueError, match='threshold=1.2'):
        ClassRefinement(1.2)
