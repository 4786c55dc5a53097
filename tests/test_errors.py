# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What errors say."""
import pickle

from mmseg_entmin.errors import OptionError, one_line


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
