# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The mean of the weights over the last part of a training."""
from mmengine.hooks import EMAHook
from mmengine.runner import Runner

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import HOOKS


@HOOKS.register_module()
class WeightAverageHook(EMAHook):
    """MMEngine's ``EMAHook`` with the plain mean of the weights over the last part of the training.

    From one step to the next, training on few masks swings: a rare class takes pixels of a similar one and loses them
    again, also at a small learning rate. The mean of the weights swings less (stochastic weight averaging, Izmailov et
    al. 2018). It is validated, and it is what a checkpoint holds as its weights; a resumed training goes on with those
    under ``ema_state_dict``. Running statistics of batch norm are averaged likewise. Before the last part of the
    training, both are the weights of the moment.

    Args:
        share: part of the training's iterations over which is averaged, in 0..1, 0 excluded. Default 2 / 3, by a
            trial with crops and weeds.
        interval: iterations from one averaged state to the next, >= 1. Default 10: neighbors hardly differ.
    """

    def __init__(self, share: float = 2 / 3, interval: int = 10) -> None:
        if not 0 < share <= 1:
            raise OptionError('WeightAverageHook', 'share', share, 'must be above 0 and at most 1')
        if interval < 1:
            raise OptionError('WeightAverageHook', 'interval', interval, 'must be 1 or more')
        super().__init__('StochasticWeightAverage', interval=interval, update_buffers=True)
        self.share = share

    def before_train(self, runner: Runner) -> None:
        self.begin_iter = runner.max_iters - max(1, round(self.share * runner.max_iters)) + 1
        super().before_train(runner)
        if not self._ema_started(runner):
            self.ema_model.steps.zero_()  # of a training that was resumed to be longer
