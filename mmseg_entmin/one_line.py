# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Errors as one line of a message."""


def one_line(error: BaseException) -> str:
    """What an error says, its line breaks taken out; the name of its class if it says nothing."""
    return ' '.join(str(error).split()) or type(error).__name__


def reason(error: BaseException) -> str:
    """An error of any kind in one line: what was written for the user, and else the error's class as well."""
    text = one_line(error)
    written = isinstance(error, (OSError, ValueError)) or text.startswith('error: ')
    return text.removeprefix('error: ') if written else f'{type(error).__name__}: {text}'
