# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Checks of the options that several components share; each raises an ``OptionError`` for a value out of its range."""
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from mmseg_entmin.errors import OptionError


def owner_name(owner: object) -> str:
    """How an error calls a component: its class, or the text itself for options without a class of their own."""
    return owner if isinstance(owner, str) else type(owner).__name__


@contextmanager
def options_of(owner: object, option: str | None = None) -> Iterator[None]:
    """Let an error of a part's options name them as the config does: this owner, and this option if one is given."""
    try:
        yield
    except OptionError as error:
        raise OptionError(owner_name(owner), option or error.option, error.value, error.remedy) from error


def check_choice(owner: object, option: str, value: object, choices: Collection) -> None:
    """The value must be one of the choices."""
    if value not in choices:
        raise OptionError(owner_name(owner), option, value, f'choose one of {", ".join(map(repr, choices))}')


def check_not_negative(owner: object, **options: float) -> None:
    """Every option must be >= 0."""
    for option, value in options.items():
        if not value >= 0:
            raise OptionError(owner_name(owner), option, value, 'must not be negative')


def check_positive(owner: object, **options: float) -> None:
    """Every option must be > 0."""
    for option, value in options.items():
        if not value > 0:
            raise OptionError(owner_name(owner), option, value, 'must be above 0')


def check_at_least_one(owner: object, **options: int) -> None:
    """Every option must be >= 1."""
    for option, value in options.items():
        if not value >= 1:
            raise OptionError(owner_name(owner), option, value, 'must be at least 1')


def check_shares(owner: object, excluded: float | None = None, **options: float) -> None:
    """Every option must be in 0..1, and not the ``excluded`` end of this range."""
    for option, value in options.items():
        if not 0 <= value <= 1 or value == excluded:
            end = '' if excluded is None else f', {excluded} excluded'
            raise OptionError(owner_name(owner), option, value, f'must be in 0..1{end}')
