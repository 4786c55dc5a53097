# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is wrong with the input of a command ends it with one line, in place of a traceback."""
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def errors_as_lines(*kinds: type[Exception]) -> Iterator[None]:
    """Prints ``error: <message>`` to stderr and ends the program with status 1 where such an error is raised.

    Args:
        *kinds: of errors; any other one keeps its traceback. Default: OSError and ValueError, which is what the package
            raises for wrong input.
    """
    kinds = kinds or (OSError, ValueError)
    try:
        yield
    except kinds as error:
        text = str(error)
        if 'Original Traceback' in text:  # of a data loader's process: the message is the last line, after the class
            text = text.strip().splitlines()[-1].split(f'{type(error).__name__}: ')[-1]
        raise SystemExit(f'error: {text}') from error
