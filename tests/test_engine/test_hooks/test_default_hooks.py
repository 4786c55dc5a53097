# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the hooks that every training gets."""
import pytest
from mmengine.config import Config
from mmengine.hooks import CheckpointHook

from mmseg_entmin.engine.hooks.default_hooks import add_default_hooks

HOOKS = (dict(type='A'), dict(type='B', every=2))


def test_adds_what_the_config_does_not_name():
    cfg = Config(dict(default_hooks=dict(a=dict(type='A', own=1), off=None), custom_hooks=[dict(type='C')]))
    add_default_hooks(cfg, HOOKS)
    assert cfg.custom_hooks == [dict(type='C'), dict(type='B', every=2)]


@pytest.mark.parametrize('options', [dict(), dict(default_hooks=None, custom_hooks=None)])
def test_config_without_hooks(options):
    cfg = Config(options)
    add_default_hooks(cfg, HOOKS)
    assert cfg.custom_hooks == list(HOOKS)


def test_a_hook_may_be_named_by_its_class():
    """As in configs in pure Python style."""
    cfg = Config(dict(custom_hooks=[dict(type=CheckpointHook, interval=3)]))
    add_default_hooks(cfg, [dict(type='CheckpointHook')])
    assert [hook['interval'] for hook in cfg.custom_hooks] == [3]
