# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Schedules that do not fit batches of two sources."""

from mmseg_entmin.walk import type_name


def counted_epochs(cfg: dict) -> str | None:
    """What to change if the training counts epochs, else None: the first epoch of two sources would never end."""
    loop = cfg.get('train_cfg') or {}
    kind = type_name(loop)
    if kind != 'EpochBasedTrainLoop' and not loop.get('by_epoch') and 'max_epochs' not in loop:
        return None
    return (f"train_cfg counts epochs ({kind or 'by_epoch'}, max_epochs={loop.get('max_epochs')}), which two sources "
            "of images do not have; set train_cfg=dict(_delete_=True, type='IterBasedTrainLoop', max_iters=..., "
            'val_interval=...), and by_epoch=False in param_scheduler, log_processor and default_hooks.checkpoint')


def scaled_rate(cfg: dict) -> str | None:
    """What to change if MMEngine scales the learning rate by the batch size, else None: the unlabeled images would
    count too."""
    if not (cfg.get('auto_scale_lr') or {}).get('enable'):
        return None
    return ('auto_scale_lr.enable=True would scale the learning rate by labeled and unlabeled images together, so to '
            'twice the supervised one where a batch has as many of both; set it to False, and optimizer.lr to the '
            'rate for the labeled images of a step')
