# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""An error of a command's input ends it with one line; any other one keeps its traceback."""
import pytest

from mmseg_entmin.cli.errors_as_lines import errors_as_lines
from mmseg_entmin.errors import OptionError, Refusal


@pytest.mark.parametrize('error, line', [
    (ValueError('no such file'), 'error: no such file'),
    (FileNotFoundError("'a' does not exist"), "error: 'a' does not exist"),
    (OptionError('Cached', 'max_mib', 0, 'must be above 0'), 'error: Cached: max_mib=0, must be above 0'),
])
def test_the_program_ends_with_the_message(error, line):
    """Python prints a code that is a text to stderr, without a traceback, and exits with status 1."""
    with pytest.raises(SystemExit) as end, errors_as_lines():
        raise error
    assert end.value.code == line


def test_other_errors_keep_their_traceback():
    with pytest.raises(KeyError), errors_as_lines():
        raise KeyError('a')
    with pytest.raises(ValueError, match='^a$'), errors_as_lines(Refusal):
        raise ValueError('a')
    with pytest.raises(SystemExit, match='75'), errors_as_lines():
        raise SystemExit(75)


def test_of_a_loading_process_the_message_alone_is_shown():
    class Broken(Refusal):
        pass

    text = 'Caught Broken in a worker.\nOriginal Traceback (most recent call last):\n  x\na.Broken: why\n'
    with pytest.raises(SystemExit, match='^error: why$'), errors_as_lines(Refusal):
        raise Broken(text)
