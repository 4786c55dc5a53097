# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labels and selections, the masked loss, padding, and the share of each class, by hand."""
import pytest
import torch
import torch.nn.functional as F

from mmseg_entmin.errors import OptionError
from mmseg_entmin.models.pseudo_labels import check_threshold, class_shares, masked_cross_entropy, pseudo_labels


@pytest.mark.parametrize('threshold, selected', [(0., [True, True]), (0.98, [True, False]), (0.99, [False, False])])
def test_a_logit_of_5_above_two_others_is_sure_to_987_permille(threshold, selected):
    logits = torch.tensor([[0., 1.], [5., 1.], [0., 1.]]).view(1, 3, 1, 2).requires_grad_()
    target, sure = pseudo_labels(logits, threshold)
    assert target.shape == sure.shape == (1, 1, 1, 2) and target[0, 0, 0, 0] == 1
    assert sure.flatten().tolist() == selected and not target.requires_grad


def test_each_class_has_its_threshold():
    logits = torch.tensor([[2., 0.], [0., 2.]]).view(1, 2, 1, 2)  # both are sure to 88 percent, of other classes
    assert pseudo_labels(logits, [0.95, 0.7])[1].flatten().tolist() == [False, True]
    assert pseudo_labels(logits, (0.7, 0.95))[1].flatten().tolist() == [True, False]
    check_threshold('FixMatch', [0.95, 0.7], 2)
    for wrong in ([0.95], [0.95, 1.2], 1.2):
        with pytest.raises(OptionError, match='FixMatch: threshold='):
            check_threshold('FixMatch', wrong, 2)


def test_masked_cross_entropy_is_divided_by_what_is_said():
    logits, target = torch.randn(2, 3, 4, 5), torch.randint(3, (2, 4, 5))
    selected = torch.rand(2, 4, 5) < 0.5
    total = F.cross_entropy(logits, target, reduction='none')[selected].sum()
    assert torch.allclose(masked_cross_entropy(logits, target, selected), total / 40)
    assert torch.allclose(masked_cross_entropy(logits, target[:, None], selected[:, None], torch.tensor(7)), total / 7)
    none = torch.zeros_like(selected)
    assert masked_cross_entropy(logits, target, none, none.sum()) == 0


def test_shares_of_the_classes():
    logits = torch.zeros(1, 3, 2, 2)
    logits[0, 2, 0] = 1.
    logits[0, 1, 1, 0] = 1.
    assert {k: v.item() for k, v in class_shares(logits).items()} == {
        'unsup.share_0': 0.25, 'unsup.share_1': 0.25, 'unsup.share_2': 0.5}
