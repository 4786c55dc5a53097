# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How a tool ends when it is used wrongly."""


class UsageError(SystemExit):
    """A mistake on the command line: ends the program with one line on stderr and status 1, without a traceback."""

    def __init__(self, message: str):
        super().__init__(f'error: {message}')
