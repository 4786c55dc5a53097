# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Docstrings in Sphinx's way become Markdown."""

PATHS = dict(EMATeacher='mmseg_entmin.models.ema_teacher.EMATeacher')


def test_roles_become_links_or_code(hook):
    replace = hook('sphinx_roles').replace_roles
    assert replace(':class:`EMATeacher`', PATHS) == '[`EMATeacher`][mmseg_entmin.models.ema_teacher.EMATeacher]'
    assert replace(':class:`~mmseg_entmin.models.ema_teacher.EMATeacher`', PATHS).startswith('[`EMATeacher`][')
    assert replace(':class:`mmseg.datasets.BaseSegDataset`', PATHS) == '`mmseg.datasets.BaseSegDataset`'
    assert replace('In a config::\n\n    x = 1', PATHS) == 'In a config:\n\n    x = 1'


def test_returns_begin_with_the_type(hook):
    name = hook('sphinx_roles').name_return_type
    plain = 'Text.\n\nReturns:\n    T (N, 1), in 0..1: low where unsure.'
    assert name(plain, 'Tensor') == 'Text.\n\nReturns:\n    Tensor: T (N, 1), in 0..1: low where unsure.'
    assert name('Returns:\n    Path: the root.', 'Path') == 'Returns:\n    Path: the root.'
    assert name('Text.', 'Path') == 'Text.'
