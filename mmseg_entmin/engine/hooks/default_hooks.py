# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The hooks that this package's tools give to every training."""
from collections.abc import Sequence

from mmengine.config import Config

from mmseg_entmin.walk import type_name

# A config that has a hook of one of these types keeps it, with its options.
DEFAULT_HOOKS: Sequence[dict] = (
    dict(type='PreemptionHook'),  # first: the next one may validate
    dict(type='ExactResumeHook'),
    dict(type='NonFiniteLossHook'),
    dict(type='ProgressHook'),
    dict(type='StuckShareHook'),
    dict(type='UnreadableImagesHook'),
)


def add_default_hooks(cfg: Config, hooks: Sequence[dict] = DEFAULT_HOOKS) -> None:
    """Appends hooks to ``cfg.custom_hooks`` in place, unless the config has one of that type."""
    own = cfg.get('custom_hooks') or []
    types = {type_name(hook) for hook in [*(cfg.get('default_hooks') or {}).values(), *own] if hook}
    cfg.custom_hooks = [*own, *(hook for hook in hooks if hook['type'] not in types)]
