# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Soft Dice loss with the same weight for each class, however rare."""
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS

from ..discriminators.gan_loss import one_hot_labels
from ..logits import at_least_float32
from ..options import check_positive


@MODELS.register_module()
class ClassDiceLoss(nn.Module):
    """1 - (2 sum_i p_i[c] y_i[c] + s) / (sum_i p_i[c] + y_i[c] + s), sums over the labeled pixels i of the batch, mean
    over the classes c that the labels of the batch show (Milletari et al. 2016; batch Dice as in nnU-Net).

    mmseg's ``DiceLoss`` sums over all classes before it divides, so that the largest class decides, and counts the
    prediction at ignored pixels.

    Args:
        loss_weight: factor. Default 1.
        smooth: s, > 0. Default 1.
        loss_name: name in the log. Default 'loss_dice'.
    """

    def __init__(self, loss_weight: float = 1., smooth: float = 1., loss_name: str = 'loss_dice') -> None:
        super().__init__()
        check_positive(self, smooth=smooth)
        self.loss_weight, self.smooth, self.loss_name = loss_weight, smooth, loss_name

    def forward(self, pred: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = 255,
                **kwargs) -> Tensor:
        """The loss of logits (N, C, H, W) and labels (N, H, W), a scalar; 0 without labeled pixels.

        ``weight`` of pixels, (N, H, W), is 0..1.
        """
        valid = (target != ignore_index).float() if weight is None else (target != ignore_index) * weight
        probs = at_least_float32(pred).softmax(dim=1) * valid[:, None]
        true = one_hot_labels(target, pred.shape[1], ignore_index) * valid[:, None]
        both, count = (probs * true).sum(dim=(0, 2, 3)), true.sum(dim=(0, 2, 3))
        dice = (2 * both + self.smooth) / (probs.sum(dim=(0, 2, 3)) + count + self.smooth)
        shown = count > 0
        return self.loss_weight * ((1 - dice) * shown).sum() / shown.sum().clamp(min=1)
