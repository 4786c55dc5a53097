# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Errors written for the user of a command, and errors as one line."""
from collections.abc import Iterator
from contextlib import contextmanager


class Refusal(Exception):
    """An error whose message is one line for the user: what is wrong, and what to do. While a network is built or
    trained, any other error is a bug and keeps its traceback."""


class OptionError(ValueError):
    """A component's option has a value that cannot work. ``owner`` is the component's type or the key of its options,
    like 'FixMatch' or 'ramp_up'; ``remedy`` says what to do, like 'must be in 0..1'."""

    def __init__(self, owner: str, option: str, value: object, remedy: str) -> None:
        super().__init__(owner, option, value, remedy)
        self.owner, self.option, self.value, self.remedy = owner, option, value, remedy

    def __str__(self) -> str:
        return f'{self.owner}: {self.option}={self.value!r}, {self.remedy}'


def one_line(error: BaseException) -> str:
    """The message of an error without line breaks; the name of its class if it has none."""
    return ' '.join(str(error).split()) or type(error).__name__


def reason(error: BaseException) -> str:
    """Any error as one line; the class is named unless it is an OSError or ValueError, written for the user."""
    text = one_line(error)
    return text if isinstance(error, (OSError, ValueError)) else f'{type(error).__name__}: {text}'


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
