# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How a tool ends when it is used wrongly."""
from typing import Callable


class UsageError(SystemExit):
    """A mistake on the command line: ends the program with one line on stderr and status 1, without a traceback."""

    def __init__(self, message: str):
        super().__init__(f'error: {message}')


def run(main: Callable[[], None]) -> None:
    """Call a tool's ``main``; what is wrong with its input ends it with one line instead of a traceback."""
    try:
        main()
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from error
