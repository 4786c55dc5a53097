# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Errors in the input of a command end it with one line in place of a traceback."""
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def errors_as_lines(*kinds: type[Exception]) -> Iterator[None]:
    """Turns errors of these kinds into ``error: <message>`` on stderr and exit status 1; others keep their traceback.
    Default: OSError and ValueError, which the package raises for wrong input."""
    kinds = kinds or (OSError, ValueError)
    try:
        yield
    except kinds as error:
        text = str(error)
        if 'Original Traceback' in text:  # from a data loader's process: the message is the last line, after the class
            text = text.strip().splitlines()[-1].split(f'{type(error).__name__}: ')[-1]
        raise SystemExit(f'error: {text}') from error
