# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The hooks that this package's tools give to every training, whatever config it comes from."""
from collections.abc import Sequence

from mmengine.config import Config

from mmseg_entmin.walk import type_name

# Each is left out where the config has one of its type already, so that a config can set its options.
DEFAULT_HOOKS: Sequence[dict] = (
    dict(type='PreemptionHook'),  # first: the other one may validate
    dict(type='ExactResumeHook'),
    dict(type='NonFiniteLossHook'),
    dict(type='ProgressHook'),
    dict(type='StuckShareHook'),
    dict(type='UnreadableImagesHook'),
)


def add_default_hooks(cfg: Config, hooks: Sequence[dict] = DEFAULT_HOOKS) -> None:
    """Appends to ``cfg.custom_hooks`` those of the hooks whose type the config does not name, in place."""
    own = cfg.get('custom_hooks') or []
    types = {type_name(hook) for hook in [*(cfg.get('default_hooks') or {}).values(), *own] if hook}
    cfg.custom_hooks = [*own, *(hook for hook in hooks if hook['type'] not in types)]
