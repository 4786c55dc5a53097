# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""BCP, bidirectional copy-paste (Bai et al. 2023)."""
import torch
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..connected_components import largest_components
from ..ema_teacher import EMATeacher
from ..logits import at_least_float32
from ..options import check_not_negative, check_shares
from ..pseudo_labels import class_shares, masked_cross_entropy
from ..semi_batch import SemiBatch
from ..views import paste
from .semi_supervised_segmentor import SemiSupervisedSegmentor


@MODELS.register_module()
class BCP(SemiSupervisedSegmentor):
    """A box of labeled images is pasted into unlabeled ones and back; the EMA teacher labels the unlabeled pixels.

    L = CE(S(x), y) + w(t) / 2 sum_z (l(S(z), y; M_z) + unlabeled_weight l(S(z), argmax T(u); 1 - M_z)),
    z the two mixtures, M_z their pixels of labeled images, and l the sum of cross entropy and Dice over some pixels.

    One box for the batch, of two thirds of the height and the width. The first half of the unlabeled images gets the
    box of labeled ones; of the second half the box is pasted into labeled ones. Of each class of T's labels but the
    background only the largest component stays; the rest becomes background. ``masked_dice`` is the released one.

    Differs from the released code: the supervised loss of whole labeled images stays, there they are only seen in
    mixtures; it is trained on alone until ``ramp_up.begin``, there on mixtures of labeled images; the teacher is in
    eval mode (``training_teacher``), and follows the student from the first step, there from the best network of the
    first stage; image i of the unlabeled ones is mixed with labeled image i mod N_l. w is 1 by default.

    Args:
        teacher: options of ``EMATeacher``; its default decay is 0.99.
        training_teacher: the teacher has dropout and batch statistics, as released. Default False.
        unlabeled_weight: weight of the unlabeled pixels, >= 0. Default 0.5.
        box: share of the height and of the width that the box takes, in 0..1. Default 2 / 3.
        largest_component: False for images with several objects of a class. Default True.
        background: the class that is never an object. Default 0.
    """

    def __init__(self, *args, teacher: dict | None = None, training_teacher: bool = False,
                 unlabeled_weight: float = 0.5, box: float = 2 / 3, largest_component: bool = True,
                 background: int = 0, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        check_not_negative(self, unlabeled_weight=unlabeled_weight)
        check_shares(self, box=box)
        self.teacher = EMATeacher(self, **(teacher or {}))
        self.training_teacher, self.unlabeled_weight, self.box = training_teacher, unlabeled_weight, box
        self.largest_component, self.background = largest_component, background

    def before_step(self) -> None:
        self.teacher.update(self)

    def unlabeled_loss(self, batch: SemiBatch, labeled_logits: Tensor, weight: Tensor) -> dict:
        images, half = batch.unlabeled, (len(batch.unlabeled) + 1) // 2
        target, logits = self.teacher_labels(images)
        partner = torch.arange(len(images)) % len(batch.labeled)
        partner = partner.to(images.device, non_blocking=True)
        true = batch.labels[partner]
        labeled = true != self.decode_head.ignore_index
        pairs = ((batch.labeled[partner], true.where(labeled, 0)[:, None], labeled[:, None]),
                 (images, target[:, None], batch.valid))
        inside = self.draw_box(*images.shape[2:]).to(images.device, non_blocking=True)
        ce = dice = 0.
        for part, is_labeled in ((slice(half), inside), (slice(half, None), ~inside)):
            if len(images[part]) == 0:
                continue
            (x, y, counts_x), (u, pseudo, counts_u) = ([tensor[part] for tensor in pair] for pair in pairs)
            mixed, = paste([u], [x], is_labeled)
            outputs = self.segment(mixed)
            for labels, where, factor in ((y, counts_x & is_labeled, 1.),
                                          (pseudo, counts_u & ~is_labeled, self.unlabeled_weight)):
                ce = ce + factor * masked_cross_entropy(outputs, labels, where, where.sum())
                dice = dice + factor * masked_dice(outputs, labels, where)
        return {'unsup.loss_ce': weight * ce / 2, 'unsup.loss_dice': weight * dice / 2, **class_shares(logits),
                'unsup.kept': (target == logits.argmax(dim=1)).float().mean()}

    @torch.no_grad()
    def teacher_labels(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The teacher's labels (N, H, W), their largest components, and its logits (N, C, H, W)."""
        with self.teacher.passes(training=self.training_teacher):
            halves = torch.tensor_split(images, [(len(images) + 1) // 2])  # with batch statistics of their own
            logits = torch.cat([self.resize(self.teacher(part), part) for part in halves if len(part)])
        labels = logits.argmax(dim=1)
        return (largest_components(labels, self.num_classes, self.background) if self.largest_component else labels,
                logits)

    def draw_box(self, height: int, width: int) -> Tensor:
        """Draw the box of a step as a mask (1, 1, H, W), bool, True inside."""
        inside = []
        for side in (height, width):
            length = int(side * self.box)
            place = torch.arange(side) - torch.randint(max(1, side - length), (1, ))
            inside.append((place >= 0) & (place < length))
        return (inside[0][:, None] & inside[1])[None, None]


def masked_dice(logits: Tensor, target: Tensor, selected: Tensor) -> Tensor:
    """1 - mean over the classes of 2 sum p y / (sum p^2 + sum y^2), sums over the selected pixels of the batch.

    ``target``, classes, and ``selected``, bool, are (N, 1, H, W). A class that is nowhere counts by its p; without a
    selected pixel the loss is 0.
    """
    probs = at_least_float32(logits).softmax(dim=1) * selected
    true = (target == torch.arange(logits.shape[1], device=target.device)[:, None, None]) & selected
    both, size = (x.sum(dim=(0, 2, 3)) for x in (probs * true, probs.square() + true))
    return 1 - ((2 * both + 1e-10) / (size + 1e-10)).mean()
