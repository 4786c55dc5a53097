# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Mean Teacher (Tarvainen and Valpola 2017)."""
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..ema_teacher import EMATeacher
from ..options import options_of
from ..pseudo_labels import class_shares
from ..semi_batch import SemiBatch
from ..views import GaussianNoise
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class MeanTeacher(SemiSupervisedSegmentor):
    """Student and EMA teacher agree on unlabeled images under different noise.

    L = CE(S(x), y) + w(t) mean (softmax S(u + n) - softmax T(u + n'))^2, over all classes and pixels.

    T is the average of S over the training steps, see ``EMATeacher``; n and n' are drawn independently. Differs from
    the paper: consistency on the unlabeled images alone, as in SSL4MIS; one decay, not a lower one during the ramp.

    Args:
        teacher: options of ``EMATeacher``; its default decay is 0.99.
        noise: options of ``GaussianNoise``.
        test_with_teacher: True (default): the teacher predicts at test time; False: the student.
        unsup_weight: w. Default 100, as in CPS's repository. The paper's ``ramp_up`` is the sigmoid.
    """

    def __init__(self, *args, teacher: dict | None = None, noise: dict | None = None,
                 test_with_teacher: bool = True, unsup_weight: float = 100., **kwargs) -> None:
        super().__init__(*args, unsup_weight=unsup_weight, **kwargs)
        with options_of('noise'):
            self.noise = GaussianNoise(**(noise or {}))
        self.teacher = EMATeacher(self, **(teacher or {}))
        self.test_with_teacher = test_with_teacher

    def before_step(self) -> None:
        self.teacher.update(self)

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        images = batch.unlabeled
        target = self.resize(self.teacher(self.noise(images)), images).softmax(dim=1)
        logits = self.segment(self.noise(images))
        squared = (logits.softmax(dim=1) - target).square() * batch.valid
        count = self.num_classes * batch.valid.sum()
        return {'unsup.loss_consistency': weight * squared.sum() / count.clamp(min=1), **class_shares(logits)}
