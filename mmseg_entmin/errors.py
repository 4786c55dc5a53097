# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Errors as one line: how a message is made of one, and how a tool ends that is used wrongly."""
from collections.abc import Callable


class UsageError(SystemExit):
    """A mistake on the command line: ends the program with one line on stderr and status 1, without a traceback."""

    def __init__(self, message: str):
        super().__init__(f'error: {message}')


class OptionError(ValueError):
    """A component's option has a value that cannot work.

    The message is ``'Owner: option=value, remedy'``.

    Args:
        owner: the component as a config names it, its registry type or the key of its options, for example
            ``'FixMatch'`` or ``'ramp_up'``.
        option: key of the option in the config.
        value: what the config gives.
        remedy: what to do, or what the value must be, for example ``'must be in 0..1'``.
    """

    def __init__(self, owner: str, option: str, value: object, remedy: str) -> None:
        super().__init__(owner, option, value, remedy)
        self.owner, self.option, self.value, self.remedy = owner, option, value, remedy

    def __str__(self) -> str:
        return f'{self.owner}: {self.option}={self.value!r}, {self.remedy}'


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
