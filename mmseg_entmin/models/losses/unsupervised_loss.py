# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The base class of the unsupervised losses, and the list of them in a config."""
from abc import ABCMeta, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS

from ..options import check_not_negative
from .predictions import SemiPredictions


class UnsupervisedLoss(nn.Module, metaclass=ABCMeta):
    """A loss on the predictions for unlabeled images. The segmentor gets a list of them.

    A new loss is a pure function and a subclass whose ``forward`` picks the inputs of the function. If all losses have
    ``variance_grad = False``, the gradient of the variance is not computed. Every loss raises an ``OptionError`` for an
    option out of its range.

    Args:
        loss_weight: factor within L_u (Eq. 3), >= 0. Default 1.
        loss_name: name in the log, with 'loss' in it: MMEngine sums only such entries. Default: the class attribute.
    """

    loss_name: str
    variance_grad = True

    def __init__(self, loss_weight: float = 1., loss_name: str | None = None) -> None:
        super().__init__()
        check_not_negative(self, loss_weight=loss_weight)
        if loss_name is not None:
            if 'loss' not in loss_name:
                raise OptionError(type(self).__name__, 'loss_name', loss_name,
                                  "must contain 'loss': MMEngine sums only such entries")
            self.loss_name = loss_name
        self.loss_weight = loss_weight

    @abstractmethod
    def forward(self, predictions: SemiPredictions) -> Tensor:
        """The unweighted loss, a scalar."""


def build_losses(configs: Sequence[dict]) -> nn.ModuleList:
    """The losses of a segmentor from their configs; two of one name raise an OptionError: the log would keep one."""
    losses = nn.ModuleList(MODELS.build(cfg) for cfg in configs)
    names = [loss.loss_name for loss in losses]
    for name in names:
        if names.count(name) > 1:
            raise OptionError('unsupervised_losses', 'loss_name', name, 'used twice; set the loss_name of one')
    return losses
