# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Errors that are written for the user of a command, and errors as one line."""


class Refusal(Exception):
    """An error whose message is one line for the user: what is wrong, and what to do.

    Commands turn any ValueError or OSError of their own input into a line. Once they run code of others, a network's
    constructor or a training, only these: any other error is a bug and keeps its traceback.
    """


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


def one_line(error: BaseException) -> str:
    """What an error says, its line breaks taken out; the name of its class if it says nothing."""
    return ' '.join(str(error).split()) or type(error).__name__


def reason(error: BaseException) -> str:
    """An error of any kind in one line: its text where that is written for the user, else with the error's class."""
    text = one_line(error)
    return text if isinstance(error, (OSError, ValueError)) else f'{type(error).__name__}: {text}'
