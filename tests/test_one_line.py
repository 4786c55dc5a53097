# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Errors as one line."""
from mmseg_entmin.errors import one_line


def test_one_line():
    assert one_line(ValueError('first\n  second')) == 'first second'
    assert one_line(EOFError()) == 'EOFError'
