# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The C library is asked to keep memory, and one without that option is left alone."""
import ctypes

from mmseg_entmin.cli.kept_memory import keep_memory


def test_asks_only_a_library_that_knows_it(monkeypatch):
    calls = []

    class Library:
        def mallopt(self, *args):
            calls.append(args)

    monkeypatch.setattr(ctypes, 'CDLL', lambda name: Library())
    keep_memory()
    assert calls == [(-3, 32 << 20), (-1, 512 << 20)]
    monkeypatch.setattr(ctypes, 'CDLL', lambda name: object())
    keep_memory()
