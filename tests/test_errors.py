# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What errors say."""
import pickle

import pytest

from mmseg_entmin.errors import OptionError, Refusal, errors_as_lines, one_line


def test_one_line():
    assert one_line(ValueError('first\n  second')) == 'first second'
    assert one_line(EOFError()) == 'EOFError'


def test_an_option_error_names_component_option_value_and_remedy():
    error = OptionError('UAMT', 'form', 'cubic', "choose one of 'linear', 'sigmoid'")
    assert isinstance(error, ValueError)
    assert (error.owner, error.option, error.value, error.remedy) == (
        'UAMT', 'form', 'cubic', "choose one of 'linear', 'sigmoid'")
    assert str(error) == "UAMT: form='cubic', choose one of 'linear', 'sigmoid'"


def test_an_option_error_survives_a_process_boundary():
    error = pickle.loads(pickle.dumps(OptionError('CutMix', 'prob', 2., 'must be in 0..1')))
    assert error.option == 'prob' and str(error) == 'CutMix: prob=2.0, must be in 0..1'


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
