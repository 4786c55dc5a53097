# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Errors as one line: how a message is made of one, and how a tool ends that is used wrongly."""
from collections.abc import Callable


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


def one_line(error: BaseException) -> str:
    """What an error says, its line breaks taken out; the name of its class if it says nothing."""
    return ' '.join(str(error).split()) or type(error).__name__


def reason(error: BaseException) -> str:
    """An error of any kind in one line: what was written for the user, and else the error's class as well."""
    text = one_line(error)
    written = isinstance(error, (OSError, ValueError)) or text.startswith('error: ')
    return text.removeprefix('error: ') if written else f'{type(error).__name__}: {text}'
