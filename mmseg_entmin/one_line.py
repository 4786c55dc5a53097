# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Errors as one line of a message."""


def one_line(error: Exception) -> str:
    """What an error says, its line breaks taken out; the name of its class if it says nothing."""
    return ' '.join(str(error).split()) or type(error).__name__
