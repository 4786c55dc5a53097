# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A small :class:`EntMinConsistency` and its batches, for the tests of its parts."""
import torch

from mmseg_entmin.models.semi_batch import SemiBatch
from tests.tiny import batch, build, restored, unet_cfg

TERMS = {'unsup.loss_feature_gradient', 'unsup.loss_sharpening', 'unsup.loss_class_consistency'}
SUPERVISED = {'decode.loss_ce', 'decode.acc_seg', 'cls.loss', 'cls.miss_rate', 'cls.called_absent'}
CONSISTENCY = {'consistency.loss', 'consistency.selected', 'consistency.weight'}
MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
COLORS = dict(type='SegDataPreProcessor', mean=MEAN, std=STD, size=(32, 32))
SAME = dict(strong_view=dict(jitter_prob=0., gray_prob=0., blur_prob=0.), cutmix=dict(prob=0.))
WHOLE, SLIDE = dict(mode='whole'), dict(mode='slide', crop_size=(32, 32), stride=(16, 16))


def make(num_classes=3, **options):
    """The model in training mode, every pixel selected and no dropout unless told otherwise."""
    cfg = unet_cfg(num_classes, **{'data_preprocessor': COLORS, 'threshold': 0., **options})
    model = build(dict(cfg, type='EntMinConsistency')).train()
    model.decode_head.head.dropout = model.teacher.decode_head.head.dropout = None
    return model


def colored(labeled=2, unlabeled=2, size=(32, 32), num_classes=3):
    """A batch of images that are colors: noise in 0..255, normalized."""
    images, samples = batch(labeled, unlabeled, size, num_classes)
    mean, std = (torch.tensor(x).view(3, 1, 1) for x in (MEAN, STD))
    return (torch.rand_like(images) * 255 - mean) / std, samples


def views(model, images, samples):
    """The model's strong views of unlabeled images (N, 3, H, W), and for their pixels (N, H, W) the label, and whether
    it is trained on."""
    strong, target, selected, _ = model.strong_views(SemiBatch(None, [], images, samples))
    return strong, target[:, 0], selected[:, 0]


def losses_of(model, images, samples, seed=0) -> dict:
    """Losses of the model, which does not change."""
    with restored(model):
        return seeded_loss(model, images, samples, seed)


def seeded_loss(model, images, samples, seed=0) -> dict:
    """Losses whose samples of the logits are the same however many random numbers the views take."""
    views = model.strong_views

    def seeded(batch):
        torch.manual_seed(seed)
        view = views(batch)
        torch.manual_seed(seed)
        return view

    model.strong_views = seeded
    torch.manual_seed(seed)  # of a batch without unlabeled images
    try:
        return model.loss(images, samples)
    finally:
        del model.strong_views


def steps(model, count: int, seed=0, lr=0.1, before_step=lambda: None):
    """Trains for some steps; ``before_step`` is called before every loss."""
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr)
    for step in range(count):
        torch.manual_seed(seed + step)
        data = colored()
        before_step()
        optimizer.zero_grad()
        model.parse_losses(model.loss(*data))[0].backward()
        optimizer.step()


@torch.no_grad()
def perturb(*modules) -> None:
    for module in modules:
        for parameter in module.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))


def fix_teacher(model, labels_of) -> None:
    """The model's teacher says what ``labels_of`` says, logits (N, C, H, W) of images."""
    model.teacher.forward = labels_of
