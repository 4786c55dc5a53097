# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One kind of object for an unsupervised loss on one set of predictions."""
from abc import ABCMeta, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from mmseg_entmin.registry import MODELS

from ..predictions import SemiPredictions


class UnsupervisedLoss(nn.Module, metaclass=ABCMeta):
    """A loss on the predictions for unlabeled images, given to the segmentor in a list.

    A new one is a pure function and a subclass whose ``forward`` picks what the function needs. With
    ``variance_grad = False`` it says that no gradient is to reach the variance of the logits; where all say so, none is
    computed.

    Args:
        loss_weight: factor within L_u (Eq. 3), >= 0. Default 1.
        loss_name: under which it is logged; must contain 'loss' to be trained on. Default: the class attribute.

    Raises:
        ValueError: an option out of its range.
    """

    loss_name: str
    variance_grad = True

    def __init__(self, loss_weight: float = 1., loss_name: str | None = None) -> None:
        super().__init__()
        if loss_weight < 0:
            raise ValueError(f'{type(self).__name__}: loss_weight={loss_weight}, must not be negative')
        if loss_name is not None:
            if 'loss' not in loss_name:
                raise ValueError(f"{type(self).__name__}: loss_name={loss_name!r} must contain 'loss': MMEngine sums "
                                 'only such entries')
            self.loss_name = loss_name
        self.loss_weight = loss_weight

    @abstractmethod
    def forward(self, predictions: SemiPredictions) -> Tensor:
        """The unweighted loss, a scalar."""


def build_losses(configs: Sequence[dict]) -> nn.ModuleList:
    """The losses of a segmentor from their configs, each logged under a name of its own.

    Raises:
        ValueError: two of one name, of which the log, and so the training, would keep one.
    """
    losses = nn.ModuleList(MODELS.build(cfg) for cfg in configs)
    names = [loss.loss_name for loss in losses]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f'unsupervised_losses: loss_name={name!r} twice; set loss_name of one')
    return losses


def zero_of(*tensors: Tensor) -> Tensor:
    """A scalar 0 that hangs on the graph of all the tensors: the loss of an empty batch."""
    return sum(x.float().sum() * 0 for x in tensors)
