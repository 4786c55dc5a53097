# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A wrapper that gives any mmseg decode head a variance beside its mean."""
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from mmengine.model import BaseModule
from mmseg.models.decode_heads.cascade_decode_head import BaseCascadeDecodeHead
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.utils import SampleList, add_prefix
from torch import Tensor, nn

from mmseg_entmin.registry import MODELS

from ..module_states import attribute
from ..uncertainty import MeanVariance, check_uncertainty, positive_variance, sample_logits
from .mmseg_losses import losses_of, supervised_loss


@MODELS.register_module()
class UncertaintyHead(BaseModule):
    """Wraps an mmseg decode head so that its last layer gives a mean mu_s and a variance s2_s for each logit.

    A convolution beside the head's ``conv_seg``, on the same input, predicts the variance. In training the wrapped
    head's own losses, sampler and accuracy are computed on z_s = mu_s + eps sqrt(s2_s), eps ~ N(0, I) (paper, Eq. 2,
    ``segmentation_loss``). Prediction uses mu_s. A head that cannot be wrapped is refused with the reason.

    ``load_from`` also takes a checkpoint of the plain head or cascade: its ``conv_seg`` becomes that of the mean; the
    variance's convolution is reported as a missing key and stays as initialized.

    Args:
        head: config of a decode head, or a list of configs for a cascade (OCR): each head reads the one before it and
            has losses of its own; the last one gets the variance.
        kernel_size: of the variance's convolution, odd. 3 (default) is the paper's; 1 has a ninth of the parameters.
        num_samples: S >= 1 of Eq. 2. 1 (default) is the paper's; more use -log mean_s p(y | z_s).
        variance: 'softplus' (default), softplus(raw) + 1e-6, or 'exp'.
    """

    def __init__(self, head: dict | Sequence[dict], kernel_size: int = 3, num_samples: int = 1,
                 variance: str = 'softplus', init_cfg=None) -> None:
        super().__init__(init_cfg)
        check_uncertainty(self, kernel_size, num_samples, variance)
        cascade = [head] if isinstance(head, dict) else head
        check_loss('UncertaintyHead', cascade[-1], (BaseDecodeHead.loss, BaseCascadeDecodeHead.loss))
        cascade = [MODELS.build(cfg) for cfg in cascade]
        check_head(cascade[-1], num_samples)
        *earlier, self.head = cascade
        for name in ('align_corners', 'num_classes', 'out_channels', 'ignore_index'):  # mmseg's segmentors read them
            setattr(self, name, getattr(self.head, name))
        self.earlier_heads = nn.ModuleList(earlier)
        self.num_samples, self.variance = num_samples, variance
        last = self.head.conv_seg
        self.head.conv_seg = MeanVariance(last, last.in_channels, self.head.num_classes, kernel_size)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args) -> None:
        """Rename the weights of a plain head, unless the checkpoint has weights of this one."""
        if not any(key.startswith(f'{prefix}head.') for key in state_dict):
            for name in self.state_dict():
                plain = prefix + self._plain_name(name)
                if plain in state_dict:
                    state_dict[prefix + name] = state_dict.pop(plain)
        super()._load_from_state_dict(state_dict, prefix, *args)

    def _plain_name(self, name: str) -> str:
        """The name of a weight of this head in the plain head, or in mmseg's list of the heads of a cascade."""
        if not name.startswith('head.'):
            return name.removeprefix('earlier_heads.')
        last = f'{len(self.earlier_heads)}.' if self.earlier_heads else ''
        return last + name.removeprefix('head.').replace('conv_seg.mean.', 'conv_seg.')

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor | None, ...]:
        """The mean and the variance, each (N, C, h, w), then the logits of earlier cascade stages.

        Where ``head.conv_seg.with_variance`` is False, the variance is not computed and None."""
        earlier: list[Tensor] = []
        for head in self.earlier_heads:
            earlier.append(self._run(head, inputs, earlier))
        output = self._run(self.head, inputs, earlier)
        if not self.head.conv_seg.with_variance:
            return (output, None, *earlier)
        mean, raw = self._split(output)
        return (mean, positive_variance(raw, self.variance), *earlier)

    def variance_gradient(self, wanted: bool) -> AbstractContextManager[None]:
        """Inside the context, forwards compute the gradient of the variance or, to save time, do not."""
        return attribute([self.head.conv_seg], 'variance_grad', wanted)

    @staticmethod
    def _run(head: BaseDecodeHead, inputs: Sequence[Tensor], earlier: list[Tensor]):
        return head.forward(inputs, earlier[-1]) if isinstance(head, BaseCascadeDecodeHead) else head.forward(inputs)

    def _split(self, output) -> tuple[Tensor, Tensor]:
        channels = 2 * self.num_classes
        if not isinstance(output, Tensor) or output.shape[1] != channels:
            got = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ValueError(f'UncertaintyHead cannot wrap {type(self.head).__name__}: its forward does not return '
                             f'the output of its conv_seg, a tensor of {channels} channels, but {got}')
        return tuple(output.chunk(2, dim=1))

    def loss(self, inputs: Sequence[Tensor], batch_data_samples: SampleList, train_cfg=None) -> dict:
        return self.loss_by_feat(self(inputs), batch_data_samples)

    def loss_by_feat(self, outputs: tuple[Tensor, ...], batch_data_samples: SampleList) -> dict:
        """Supervised losses (Eq. 2) from the outputs of ``forward``, for samples that all have a label map."""
        mean, variance, *earlier = outputs
        losses = supervised_loss(self.head, sample_logits(mean, variance, self.num_samples), batch_data_samples)
        for i, (head, logits) in enumerate(zip(self.earlier_heads, earlier)):
            losses.update(add_prefix(head.loss_by_feat(logits, batch_data_samples), f'stage_{i}'))
        return losses

    def predict(self, inputs: Sequence[Tensor], batch_img_metas: list[dict], test_cfg=None) -> Tensor:
        """Mean logits, without sampling, at the size of the network's input, (N, C, H, W)."""
        return self.predict_by_feat(self(inputs)[0], batch_img_metas)

    def predict_by_feat(self, seg_mean: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Logits (N, C, h, w) resized to the network's input."""
        return self.head.predict_by_feat(seg_mean, batch_img_metas)


def check_loss(owner: str, head: dict, known: Sequence[Callable]) -> None:
    """Raise a ValueError for a config of a head whose class has another ``loss`` than the known ones."""
    kind = MODELS.get(head['type']) if isinstance(head.get('type'), str) else head.get('type')
    if kind is not None and getattr(kind, 'loss', None) not in known:
        raise ValueError(f'{owner}: {kind.__name__} computes its loss in a way of its own, from masks or from another '
                         "head's output; use a decode head that returns a logit for each class and pixel")


def check_head(head: nn.Module, num_samples: int = 1) -> None:
    """Raise a ValueError with the name and the reason for a decode head that cannot be wrapped."""
    reason = None
    if not hasattr(getattr(head, 'conv_seg', None), 'in_channels'):
        reason = 'it has no conv_seg layer, from whose input the variance is predicted'
    elif type(head).loss_by_feat is not BaseDecodeHead.loss_by_feat:
        reason = 'it computes its loss in its own loss_by_feat, from more than one map of logits'
    elif head.out_channels != head.num_classes:
        reason = (f'out_channels={head.out_channels} for num_classes={head.num_classes}: the method needs one logit '
                  'for each class; set out_channels=num_classes')
    elif num_samples > 1 and any(getattr(loss, 'use_sigmoid', False) for loss in losses_of(head)):
        reason = f'num_samples={num_samples} needs a softmax cross entropy, but its loss_decode has use_sigmoid=True'
    if reason is not None:
        raise ValueError(f'UncertaintyHead cannot wrap {type(head).__name__}: {reason}')
