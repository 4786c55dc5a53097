# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Segmentors with a mean teacher."""

from mmseg.utils import OptSampleList
from torch import Tensor, nn

from ..teacher import Teacher


class Taught:
    """Mixin for a :class:`SemiSupervisedSegmentor`: a teacher, updated at the start of each training forward.

    :meth:`build_teacher` is called at the end of the constructor. See :class:`Teacher` for what is averaged. Before its
    first training step the teacher has random weights: a checkpoint of a network without a teacher can be trained on by
    ``load_from``, but not tested by the teacher.
    """

    def build_teacher(self, options: dict | None, test_with_teacher: bool = True) -> None:
        """
        Args:
            options: of :class:`Teacher`.
            test_with_teacher: the teacher predicts at test time, not the student.
        """
        self.teacher = Teacher(self, **(options or {}))
        self.test_with_teacher = test_with_teacher

    @property
    def predictor(self) -> nn.Module:
        """The network that predicts at test time."""
        return self.teacher if self.test_with_teacher else self

    def before_step(self) -> None:
        """Update the teacher towards the student's present weights."""
        self.teacher.update(self)

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """The predictor's logits at the size of the input, (N, C, H, W)."""
        if not self.test_with_teacher:
            return super().encode_decode(inputs, batch_img_metas)
        return self.decode_head.predict_by_feat(self.teacher(inputs), batch_img_metas)

    def _forward(self, inputs: Tensor, data_samples: OptSampleList = None) -> Tensor:
        """The predictor's logits at logit resolution, (N, C, h, w): the network as it is exported or counted."""
        return self.teacher(inputs) if self.test_with_teacher else super()._forward(inputs, data_samples)
