# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Errors of constructors as refusals that name the key."""
from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.config import Config

from mmseg_entmin.config.checks import explain
from mmseg_entmin.errors import Refusal, one_line
from mmseg_entmin.walk import keyed_dicts

from .checkpoints.downloads import timm_download


class RefusedConfig(Refusal, ValueError):
    """A component refuses an option of the config; the message names the key."""


@contextmanager
def explained(cfg: Config) -> Iterator[None]:
    """Turns the error of a component's constructor into a `RefusedConfig` that names the key, if it can be found."""
    try:
        yield
    except OSError as error:
        keys = [f'{key}.{name}' for key, node in keyed_dicts(cfg._cfg_dict) for name, value in node.items()
                if error.filename and value == error.filename]
        read = RefusedConfig(f'{keys[0]}: {one_line(error)}') if keys else error
        raise (timm_download(cfg.get('model'), error) or read) from error
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
        reason = explain(cfg, error)
        if reason is None:
            raise
        raise RefusedConfig(reason) from error
