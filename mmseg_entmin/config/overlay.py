# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The method on top of a supervised mmseg config."""
from typing import Any, NamedTuple

from mmengine.config import Config, ConfigDict
from mmengine.utils import import_modules_from_strings

from mmseg_entmin.walk import plain, type_name

from . import other_source as other
from .checks.batches import counted_epochs, scaled_rate
from .encoder_channels import encoder_channels
from .unlabeled_dataset import unlabeled_dataset

SEGMENTORS = ('EncoderDecoder', 'CascadeEncoderDecoder')
PACKAGE = 'mmseg_entmin'
PARTS = ('model', 'train_dataloader', 'optim_wrapper', 'custom_imports', 'train_cfg', 'auto_scale_lr')


class Overlay(NamedTuple):
    """The parts of a config that differ from its supervised base."""

    model: dict[str, Any]
    train_dataloader: dict[str, Any]
    optim_wrapper: dict[str, Any]
    custom_imports: dict[str, Any]


def semi_supervised(base: dict, unlabeled: str | dict | list, labeled_batch: int | None = None,
                    unlabeled_batch: int | None = None, other_source: bool = False, **model: Any) -> Overlay:
    """The parts that make a supervised config semi-supervised; the rest is inherited::

        _base_ = './my_supervised_config.py'  # has to stand first
        from mmseg_entmin.config import semi_supervised
        model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(_base_, unlabeled='unlabeled.txt')

    An `UncertaintyHead` wraps the decode head (or cascade), an `UncertaintyClsHead` with the same ``lr_mult`` is put on
    the encoder's last feature map, and a `SemiDataset` joins the labeled and the unlabeled dataset.

    Args:
        base: ``_base_`` of a config file (without the file's own settings: make them in the base), ``globals()`` of a
            pure Python config (``read_base``), or a whole config.
        unlabeled: a list of images (``.txt``) or a folder, relative to the ``data_root`` of the labeled images; or a
            dict of the keys in which the unlabeled dataset differs, see `unlabeled_dataset`; or a list of these, one
            for each source.
        labeled_batch: labeled images in a batch, >= 1. Default: the base's batch size.
        unlabeled_batch: unlabeled images in a batch, >= 1. Default: as many.
        other_source: the unlabeled images, and those to predict, come from another microscope, camera or place than the
            masks. Half of the labeled images are then learned in the colors of an unlabeled one (`ColorTransfer`; only
            images of three channels), and `running_statistics` is 'labeled' unless it is given. Default False.
        **model: options of `EntMin`, or of another ``type`` of segmentor; ``decode_head`` and ``cls_head`` have those
            of the two uncertainty heads.

    Returns the four parts in the order above. ValueError if the base counts epochs, enables ``auto_scale_lr``, has
    another kind of model, is semi-supervised already or lacks a part, or if a batch size is below 1.
    """
    base = read_parts(base)
    check_base(base)
    if other_source:
        model = {**other.MODEL, **model}
    imports = custom_imports(base.get('custom_imports') or {})
    import_modules_from_strings(**imports)  # the backbone may be the user's
    return Overlay(complete(base, 'model', semi_model(base['model'], **plain(model))),
                   with_unlabeled(base, unlabeled, labeled_batch, unlabeled_batch, other_source),
                   complete(base, 'optim_wrapper', head_learning_rate(base.get('optim_wrapper') or {})), imports)


def with_unlabeled(base: dict, unlabeled: str | dict | list, labeled_batch: int | None = None,
                   unlabeled_batch: int | None = None, other_source: bool = False) -> dict:
    """``train_dataloader`` alone, for a model of any semi-supervised method; arguments as in `semi_supervised`."""
    base = read_parts(base)
    check_base(base)
    loader = base['train_dataloader']
    labeled_batch = loader.get('batch_size', 1) if labeled_batch is None else labeled_batch
    unlabeled_batch = labeled_batch if unlabeled_batch is None else unlabeled_batch
    for name, count in dict(labeled_batch=labeled_batch, unlabeled_batch=unlabeled_batch).items():
        if count < 1:
            raise ValueError(f'semi_supervised: {name}={count}; give 1 at least')
    labeled = other.in_other_colors(loader['dataset'], base['model']) if other_source else plain(loader['dataset'])
    return complete(base, 'train_dataloader', dict(
        batch_size=labeled_batch + unlabeled_batch,
        sampler=dict(_delete_=True, type='LabeledUnlabeledSampler', labeled=labeled_batch, unlabeled=unlabeled_batch),
        dataset=dict(_delete_=True, type='SemiDataset', labeled=labeled,
                     unlabeled=plain(unlabeled_dataset(loader['dataset'], unlabeled)))))


def read_parts(base: dict) -> dict:
    """The parts of a config that an overlay depends on."""
    return {key: plain(base[key]) for key in PARTS if key in base}


def complete(base: dict, part: str, overlay: dict) -> dict:
    """The overlay; in a pure Python config, where an assignment inherits nothing, merged into the base's part."""
    if not ConfigDict.lazy:
        return overlay
    return Config._merge_a_into_b({part: overlay}, {part: base.get(part) or {}})[part]


def check_base(base: dict) -> None:
    """Refuses an incomplete config, and a schedule that does not fit batches of two sources."""
    for key in ('model', 'train_dataloader'):
        if not base.get(key):
            raise ValueError(f'semi_supervised: the base has no {key}; give a complete supervised config as _base_')
    refuse_epochs(base)
    _refuse(scaled_rate(base))


def semi_model(base: dict, type: str = 'EntMin', decode_head: dict | None = None,
               cls_head: dict | None = None, **options: Any) -> dict:
    """The ``model``; ``decode_head`` and ``cls_head`` are options of the uncertainty heads."""
    if type_name(base) not in SEGMENTORS:
        raise ValueError(f"semi_supervised: the base's model is a {type_name(base)}; it must be an mmseg "
                         f"{' or '.join(SEGMENTORS)} that is not semi-supervised yet")
    head = plain(base['decode_head'])
    last = head if isinstance(head, dict) else head[-1]
    if 'num_classes' not in last:
        raise ValueError(f"semi_supervised: decode head {last.get('type')} of the base has no num_classes: it is made "
                         'of other heads, which UncertaintyHead cannot wrap')
    cls_options = dict(cls_head or {})
    in_channels = cls_options.pop('in_channels', None) or encoder_channels(
        plain(base['backbone']), options.get('encoder_stages'))
    overlay = dict(
        type=type, decode_head=dict(_delete_=True, type='UncertaintyHead', head=head, **(decode_head or {})),
        cls_head={'type': 'UncertaintyClsHead', 'in_channels': in_channels, 'num_classes': last['num_classes'],
                  **cls_options}, **options)
    if 'num_stages' in base:  # of mmseg's cascade; a key can only be removed by replacing the whole model
        rest = {key: value for key, value in plain(base).items() if key != 'num_stages'}
        overlay['decode_head'].pop('_delete_')
        return {'_delete_': True, **rest, **overlay}
    return overlay


def refuse_epochs(base: dict) -> None:
    """Refuses a schedule that counts epochs: batches of two sources end with neither of them."""
    _refuse(counted_epochs(base))


def _refuse(problem: str | None) -> None:
    if problem is not None:
        raise ValueError(f"semi_supervised: the base's {problem}")


def custom_imports(base: dict) -> dict:
    """The base's ``custom_imports`` and this package."""
    imports = base.get('imports') or []
    imports = [imports] if isinstance(imports, str) else list(imports)
    return dict(imports=imports if PACKAGE in imports else [*imports, PACKAGE],
                allow_failed_imports=base.get('allow_failed_imports', False))


def head_learning_rate(optim_wrapper: dict) -> dict:
    """Gives the classification head the ``lr_mult`` of the decode head."""
    keys = (optim_wrapper.get('paramwise_cfg') or {}).get('custom_keys') or {}
    ours, theirs = (options_of(keys, f'{head}.conv.weight') for head in ('cls_head', 'decode_head'))
    if ours.get('lr_mult', 1) == theirs.get('lr_mult', 1):
        return {}
    return dict(paramwise_cfg=dict(custom_keys=dict(cls_head=dict(lr_mult=theirs.get('lr_mult', 1)))))


def options_of(custom_keys: dict, name: str) -> dict:
    """The options that MMEngine gives a parameter: those of the longest key within its name, the first by alphabet."""
    keys = sorted(sorted(custom_keys), key=len, reverse=True)
    return next((custom_keys[key] for key in keys if key in name), {})
