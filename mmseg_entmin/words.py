# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Numbers in messages."""


def amount(number: int, one: str, more: str = '') -> str:
    """The number and what is counted, as in '1 image has' and '2 images have'. `more` is what follows any other number;
    default: `one` and an s."""
    return f'{number} {one if number == 1 else more or f"{one}s"}'
