# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Property-based tests of losses, heads and sampling: ``python -m tests.stress.faults_fuzz``.

Hypothesis draws shapes, numbers of classes, floating types, and extreme, constant and non-finite inputs. For finite
inputs, value and gradient must be finite. For an input with a NaN the value must be NaN: nothing may hide it. Each loss
is tested in both forms: its definition, a function, and the component that training runs.
"""
import functools
import sys
import time
from collections.abc import Callable, Sequence
from itertools import accumulate

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

import mmseg_entmin  # noqa: F401  registers the components
from mmseg_entmin.models.losses import (
    AdaptiveSharpeningLoss,
    ClassConsistencyLoss,
    EntropyLoss,
    FeatureGradientLoss,
    SemiPredictions,
    adaptive_sharpening_loss,
    class_consistency_loss,
    entropy_loss,
    feature_gradient_loss,
)
from mmseg_entmin.models.uncertainty import positive_variance, sample_logits
from mmseg_entmin.registry import MODELS

CASES = 700  # inputs for each property
DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
KINDS = ('normal', 'large', 'huge', 'constant', 'zero', 'one-hot', 'tiny', 'mixed')
LARGEST = {torch.float16: 6e4, torch.bfloat16: 1e30, torch.float32: 1e30, torch.float64: 1e30}


@st.composite
def tensors(draw, channels=st.integers(1, 8), dims: int = 4, dtypes: Sequence[torch.dtype] = DTYPES,
            largest: float = float('inf')) -> Tensor:
    """A leaf (N, C, h, w) or (N, C) of one kind, with finite values of at most ``largest``."""
    dtype = draw(st.sampled_from(dtypes))
    shape = (draw(st.integers(1, 3)), draw(channels), *(draw(st.integers(1, 9)) for _ in range(dims - 2)))
    x = torch.randn(shape, generator=torch.Generator().manual_seed(draw(st.integers(0, 2**31))))
    kind = draw(st.sampled_from(KINDS))
    top = min(largest, LARGEST[dtype])
    if kind == 'large':
        x = x * 100
    elif kind == 'huge':
        x = x.sign() * top
    elif kind == 'constant':
        x = torch.full(shape, draw(st.sampled_from([-50., -1., 0.3, 7., 1e3])))
    elif kind == 'zero':
        x = torch.zeros(shape)
    elif kind == 'one-hot':
        x = torch.full(shape, -top).index_fill_(1, torch.tensor([draw(st.integers(0, shape[1] - 1))]), top)
    elif kind == 'tiny':
        x = x * 1e-30
    elif kind == 'mixed':
        x = x * torch.tensor([1., 1e4, 1e-8, 0.])[torch.arange(x.numel()).reshape(shape) % 4]
    return x.clamp(-top, top).to(dtype).requires_grad_()


def finite(value: Tensor, *leaves: Tensor) -> None:
    """Check that a value is finite, and the gradient of its sum for each leaf that it depends on."""
    assert value.isfinite().all(), f'value {value}'
    for gradient in torch.autograd.grad(value.sum(), leaves, allow_unused=True):
        assert gradient is None or gradient.isfinite().all(), f'gradient {gradient}'


def poison(leaf: Tensor, position: int) -> Tensor:
    """A copy with one NaN."""
    x = leaf.detach().clone()
    x.view(-1)[position % x.numel()] = float('nan')
    return x


def nan(value: Tensor) -> None:
    assert value.isnan().any(), f'a NaN went in, {value} came out'


@st.composite
def maps(draw, **options) -> list[Tensor]:
    """Mean (N, C, h, w) and raw variance of the same shape, and class logits (N, C)."""
    mean = draw(tensors(channels=st.integers(2, 8), **options))
    raw = draw(tensors(channels=st.just(mean.shape[1]), largest=80.))
    raw = raw.detach().float().mean(dim=(0, 2, 3), keepdim=True).expand(mean.shape).clone().to(mean.dtype)
    cls = draw(tensors(channels=st.just(mean.shape[1]), dims=2)).detach()[:1].expand(len(mean), -1).clone()
    return [mean, raw.requires_grad_(), cls.requires_grad_()]


def outputs(mean: Tensor = None, variance: Tensor = None, cls: Tensor = None, features: Sequence[Tensor] = (),
            activation: str = 'softmax') -> SemiPredictions:
    """The input of a component."""
    return SemiPredictions(features, [], (mean, variance), cls, None, activation)


positions = st.integers(0, 10**6)


def drawn(*strategies: st.SearchStrategy) -> Callable:
    """Mark a property with the strategies of its arguments."""

    def mark(function: Callable) -> Callable:
        function.strategies = strategies
        return function

    return mark


@st.composite
def stages(draw, low: int) -> list[Tensor]:
    """Maps of encoder stages with one floating type and number of images; no map is larger than the one before."""
    dtype = draw(st.sampled_from(DTYPES))
    features = draw(st.lists(tensors(dtypes=(dtype, ), largest=1e15), min_size=low, max_size=4))
    count, sizes = min(map(len, features)), accumulate((x.shape[2:] for x in features), lambda *two: [*map(min, *two)])
    return [x.detach()[:count, :, :h, :w].clone().requires_grad_() for x, (h, w) in zip(features, sizes)]


@drawn(stages(low=1), st.sampled_from(['exclusive', 'inclusive']))
def feature_gradient_is_finite(features, accumulate):
    for loss in (feature_gradient_loss(features, accumulate),
                 FeatureGradientLoss(accumulate)(outputs(features=features))):
        finite(loss, *features)


@drawn(stages(low=2), positions)
def feature_gradient_keeps_nan(features, position):
    features = [x.detach() for x in features]
    features[position % len(features)] = poison(features[position % len(features)], position)
    nan(feature_gradient_loss(features))
    nan(FeatureGradientLoss()(outputs(features=features)))


@drawn(maps(), st.sampled_from([None, 0.5, 1e-3, 10.]), st.sampled_from([0.01, 1e-6, 1.]))
def sharpening_is_finite(inputs, temperature, min_temperature):
    mean, raw, _ = inputs
    variance = positive_variance(raw)
    finite(adaptive_sharpening_loss(mean, variance, temperature, min_temperature), mean)
    finite(AdaptiveSharpeningLoss(temperature, min_temperature)(outputs(mean, variance)), mean)


@drawn(maps(), positions, st.booleans())
def sharpening_keeps_nan(inputs, position, in_mean):
    mean, raw, _ = (x.detach() for x in inputs)
    # any NaN in the mean reaches its pixel; of the variance only that of a predicted class counts, so all are NaN
    mean, raw = (poison(mean, position), raw) if in_mean else (mean, torch.full_like(raw, float('nan')))
    nan(adaptive_sharpening_loss(mean, positive_variance(raw)))
    nan(AdaptiveSharpeningLoss()(outputs(mean, positive_variance(raw))))


@drawn(maps(), st.sampled_from([None, 0., 0.3, 1.]), st.sampled_from(['softmax', 'sigmoid']), st.booleans())
def consistency_is_finite(inputs, threshold, activation, detach):
    mean, _, cls = inputs
    finite(class_consistency_loss(mean, cls, threshold, activation, detach), mean, cls)
    finite(ClassConsistencyLoss(threshold, detach)(outputs(mean, cls=cls, activation=activation)), mean, cls)


@drawn(maps(), positions, st.booleans(), st.sampled_from(['softmax', 'sigmoid']))
def consistency_keeps_nan(inputs, position, in_mean, activation):
    mean, _, cls = (x.detach() for x in inputs)
    mean, cls = (poison(mean, position), cls) if in_mean else (mean, poison(cls, position))
    nan(class_consistency_loss(mean, cls, activation=activation))
    nan(ClassConsistencyLoss()(outputs(mean, cls=cls, activation=activation)))


@drawn(maps(), st.booleans())
def entropy_is_finite(inputs, normalize):
    finite(entropy_loss(inputs[0], normalize), inputs[0])
    finite(EntropyLoss(normalize)(outputs(inputs[0])), inputs[0])


@drawn(maps(), positions)
def entropy_keeps_nan(inputs, position):
    mean = poison(inputs[0], position)
    nan(entropy_loss(mean))
    nan(EntropyLoss()(outputs(mean)))


@drawn(tensors(), st.sampled_from(['softplus', 'exp']))
def variance_is_positive_and_finite(raw, form):
    variance = positive_variance(raw, form)
    assert (variance > 0).all(), f'variance {variance}'
    finite(variance, raw)


@drawn(tensors(), positions, st.sampled_from(['softplus', 'exp']))
def variance_keeps_nan(raw, position, form):
    nan(positive_variance(poison(raw, position), form))


@drawn(maps(), st.integers(1, 3), st.sampled_from(['softmax', 'sigmoid']), st.sampled_from(['softplus', 'exp']))
def sampling_is_finite(inputs, num_samples, activation, form):
    mean, raw, _ = inputs
    finite(sample_logits(mean, positive_variance(raw, form), num_samples, activation), mean, raw)


@drawn(maps(), positions, st.booleans(), st.integers(1, 3), st.sampled_from(['softmax', 'sigmoid']))
def sampling_keeps_nan(inputs, position, in_mean, num_samples, activation):
    mean, raw, _ = (x.detach() for x in inputs)
    mean, raw = (poison(mean, position), raw) if in_mean else (mean, poison(raw, position))
    nan(sample_logits(mean, positive_variance(raw), num_samples, activation))


def labels(size: Sequence[int], num_classes: int, seed: int) -> Tensor:
    """A label map (1, H, W) with ignored pixels; for some seeds all are."""
    draw = torch.randint(-1, num_classes, (1, *size), generator=torch.Generator().manual_seed(seed))
    return torch.full_like(draw, 255) if seed % 7 == 0 else draw.where(draw >= 0, 255)


def samples(count: int, size: Sequence[int], num_classes: int, seed: int) -> list[SegDataSample]:
    out = [SegDataSample() for _ in range(count)]
    for i, sample in enumerate(out):
        sample.gt_sem_seg = PixelData(data=labels(size, num_classes, seed + i))
    return out


def build(cfg: dict):
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(cfg)


def seg_head(num_classes: int, num_samples: int, variance: str):
    """An uncertain FCN head over 4 channels."""
    loss = dict(type='CrossEntropyLoss', avg_non_ignore=True)
    head = dict(type='FCNHead', in_channels=4, channels=4, num_convs=1, num_classes=num_classes, loss_decode=loss,
                concat_input=False)
    return build(dict(type='UncertaintyHead', head=head, num_samples=num_samples, variance=variance))


def cls_head(num_classes: int, num_samples: int, variance: str, activation: str):
    return build(dict(type='UncertaintyClsHead', in_channels=4, num_classes=num_classes, num_samples=num_samples,
                      variance=variance, activation=activation))


# The largest feature whose convolution fits into a float32 logit, with room for its square.
wide = tensors(channels=st.just(4), dtypes=(torch.float32, ), largest=1e15)
head_options = (st.integers(2, 5), st.integers(1, 3), st.sampled_from(['softplus', 'exp']), st.integers(0, 1000))


@drawn(wide, *head_options)
def uncertainty_head_is_finite(features, num_classes, num_samples, variance, seed):
    head = seg_head(num_classes, num_samples, variance).eval()
    losses = head.loss([features], samples(len(features), features.shape[2:], num_classes, seed))
    finite(losses['loss_ce'], features, *(p for p in head.parameters()))


@drawn(wide, *head_options, positions)
def uncertainty_head_keeps_nan(features, num_classes, num_samples, variance, seed, position):
    head = seg_head(num_classes, num_samples, variance).eval()
    truth = samples(len(features), features.shape[2:], num_classes, 1)
    for sample in truth:  # a NaN at an ignored pixel would not reach the loss
        sample.gt_sem_seg.data = torch.zeros_like(sample.gt_sem_seg.data)
    nan(head.loss([poison(features, position)], truth)['loss_ce'])


@drawn(wide, *head_options, st.sampled_from(['softmax', 'sigmoid']))
def uncertainty_cls_head_is_finite(features, num_classes, num_samples, variance, seed, activation):
    head = cls_head(num_classes, num_samples, variance, activation)
    truth = samples(len(features), features.shape[2:], num_classes, seed)
    losses = head.loss_by_feat(*head([features]), truth)
    finite(losses['loss'], features, *head.parameters())


@drawn(wide, *head_options, positions, st.sampled_from(['softmax', 'sigmoid']))
def uncertainty_cls_head_keeps_nan(features, num_classes, num_samples, variance, seed, position, activation):
    head = cls_head(num_classes, num_samples, variance, activation)
    truth = samples(len(features), features.shape[2:], num_classes, 1)
    for sample in truth:
        sample.gt_sem_seg.data = torch.zeros_like(sample.gt_sem_seg.data)
    nan(head.loss_by_feat(*head([poison(features, position)]), truth)['loss'])


PROPERTIES: dict[str, Callable] = {
    function.__name__.replace('_', ' '): function
    for function in (feature_gradient_is_finite, feature_gradient_keeps_nan, sharpening_is_finite, sharpening_keeps_nan,
                     consistency_is_finite, consistency_keeps_nan, entropy_is_finite, entropy_keeps_nan,
                     variance_is_positive_and_finite, variance_keeps_nan, sampling_is_finite, sampling_keeps_nan,
                     uncertainty_head_is_finite, uncertainty_head_keeps_nan, uncertainty_cls_head_is_finite,
                     uncertainty_cls_head_keeps_nan)
}


def try_property(name: str, cases: int) -> dict:
    """Runs one property on so many cases: how many were tried, how many passed, and the smallest that failed."""
    test = PROPERTIES[name]
    counts = dict(tried=0, failed=0)

    @functools.wraps(test)
    def counted(*args, **kwargs):
        counts['tried'] += 1
        try:
            test(*args, **kwargs)
        except Exception:
            counts['failed'] += 1
            raise

    note = ''
    try:
        settings(max_examples=cases, deadline=None, derandomize=True, database=None, print_blob=False,
                 suppress_health_check=list(HealthCheck))(given(*test.strategies)(counted))()
    except Exception as error:
        note = '; '.join(' '.join(str(part).split())[:200] for part in getattr(error, 'exceptions', [error]))
    return dict(name=name, tried=counts['tried'], passed=counts['tried'] - counts['failed'], note=note)


def run(cases: int = CASES) -> dict:
    """Try all properties; a row says how many inputs were tried, how many passed, and what failed."""
    start = time.monotonic()
    rows = [try_property(name, cases) for name in PROPERTIES]
    return dict(rows=rows, seconds=round(time.monotonic() - start, 1))


def main() -> None:
    report = run(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
    for row in report['rows']:
        print(f"{row['name']:36} {row['passed']:5} of {row['tried']:5} {row['note']}")
    print(f"{sum(row['tried'] for row in report['rows'])} cases in {report['seconds']:.0f} s")
    sys.exit(any(row['passed'] < row['tried'] for row in report['rows']))


if __name__ == '__main__':
    main()
