# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pictures of the predictions for the same few images at each validation."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from mmcv.transforms import LoadAnnotations
from mmengine.dataset import Compose
from mmengine.dist import is_main_process
from mmengine.model import is_model_wrapper
from mmseg.engine.hooks import SegVisualizationHook

from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.models.options import check_not_negative, check_shares
from mmseg_entmin.registry import HOOKS

THRESHOLD = 0.95  # of pseudo-labels, where the model has none of its own


@HOOKS.register_module()
class UncertaintyVisualizationHook(SegVisualizationHook):
    """Draws the uncertainty of a few fixed images at each validation, into every backend of the visualizer.

    A picture shows the image, its true labels if it has any, the pseudo-label (white where the confidence is below the
    threshold), the entropy and, where the model has them, the aleatoric variance and the encoder's feature gradients.
    They are those of the network that validation uses: the EMA teacher of an ``EntMinConsistency``, the average under
    an ``EMAHook``. It works with every mmseg ``EncoderDecoder``. LocalVisBackend keeps PNG files in
    ``vis_data/vis_image``; TensorBoard and W&B show the pictures by step.

    It replaces mmseg's ``SegVisualizationHook`` and takes its options, which only affect tests::

        default_hooks = dict(visualization=dict(type='UncertaintyVisualizationHook'))

    Args:
        images: number of validation images, evenly spaced. Default 4.
        unlabeled: number of unlabeled training images, without augmentation. Default 2.
        threshold: confidence, in 0..1, below which a pixel has no pseudo-label. Default: the threshold of an
            ``EntMinConsistency``, of several the lowest; 0.95 for other models.
        draw: whether to draw each test image as mmseg does. Default False.
        **kwargs: see ``SegVisualizationHook``.

    Raises:
        ValueError: an option out of its range; before the training, a model that ``apis.forward.Network`` refuses.
    """

    priority = 'ABOVE_NORMAL'  # before EMAHook puts the trained weights back

    def __init__(self, images: int = 4, unlabeled: int = 2, threshold: float | None = None, draw: bool = False,
                 **kwargs) -> None:
        super().__init__(draw=True, **kwargs)  # with False it warns
        self.draw = draw
        check_not_negative(self, images=images, unlabeled=unlabeled)
        if threshold is not None:
            check_shares(self, threshold=threshold)
        self.images, self.unlabeled, self.threshold = images, unlabeled, threshold
        self.network = None

    def before_train(self, runner) -> None:
        """Builds now, so that a model without uncertainty fails before the training."""
        from mmseg_entmin.apis.forward import OUTPUTS, Network  # mmseg.apis is heavy
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        self.network = Network(model, (*OUTPUTS, 'gradient'))

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        """Draws nothing, where mmseg draws other images at each validation."""

    def after_val_epoch(self, runner, metrics=None) -> None:
        if not is_main_process():
            return
        if self.network is None:
            self.before_train(runner)
        from mmseg_entmin.visualization.uncertainty_picture import uncertainty_picture
        threshold = self.threshold
        if threshold is None:
            threshold = getattr(self.network.model, 'threshold', THRESHOLD)
            threshold = min(threshold) if isinstance(threshold, (list, tuple)) else threshold
        validation, step = runner.val_dataloader.dataset, runner.iter if trains(runner) else 0
        for name, data in self.samples(runner):
            prediction, = self.network.predict([data])
            truth = data['data_samples'].get('gt_sem_seg')
            picture = uncertainty_picture(prediction, None if truth is None else truth.data[0].numpy(),
                                          validation.metainfo, threshold, reader=next(leaves(validation)))
            runner.visualizer.add_image(name, picture, step=step)

    def samples(self, runner) -> Iterator[tuple[str, dict]]:
        """Names of the pictures, and the test pipeline's output for their images."""
        validation = runner.val_dataloader.dataset
        found = [('val', validation[index]) for index in spread(len(validation), self.images)]
        training = runner.train_dataloader.dataset if trains(runner) else None
        unlabeled = getattr(training, 'unlabeled', None)  # of a SemiDataset, which ResumableRunner wraps
        if unlabeled is not None:
            pipeline = Compose([transform for transform in next(leaves(validation)).pipeline.transforms
                                if not isinstance(transform, LoadAnnotations)])
            found += [('unlabeled', pipeline(unlabeled.get_data_info(index)))
                      for index in spread(len(unlabeled), self.unlabeled)]
        for source, data in found:
            yield f"uncertainty_{source}_{Path(data['data_samples'].img_path).stem}", data


def trains(runner) -> bool:
    """Whether this validation is part of a training. (``runner.train_loop`` would build one.)"""
    return runner._train_loop is not None and not isinstance(runner._train_loop, dict)


def spread(total: int, count: int) -> list[int]:
    """At most ``count`` evenly spaced indices below ``total``."""
    return np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(int)).tolist()
