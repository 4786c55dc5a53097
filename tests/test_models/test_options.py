# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the checks of options let pass, and what their errors carry."""
import math

import pytest

from mmseg_entmin.errors import OptionError
from mmseg_entmin.models.options import (
    check_at_least_one,
    check_choice,
    check_not_negative,
    check_positive,
    check_shares,
    options_of,
)


class Owner:
    """Something with options."""


@pytest.mark.parametrize('check, good, bad, remedy', [
    (check_not_negative, (0, 2.5), (-1, math.nan), 'must not be negative'),
    (check_positive, (1e-9, 3), (0, -1, math.nan), 'must be above 0'),
    (check_at_least_one, (1, 8), (0, -1), 'must be at least 1'),
    (check_shares, (0, 0.5, 1), (-0.1, 1.1, math.nan), 'must be in 0..1')])
def test_numbers(check, good, bad, remedy):
    for value in good:
        check(Owner(), option=value)
    for value in bad:
        with pytest.raises(OptionError) as caught:
            check(Owner(), fine=1, option=value)
        error = caught.value
        assert (error.owner, error.option, error.value, error.remedy) == ('Owner', 'option', value, remedy)


@pytest.mark.parametrize('excluded', [0, 1])
def test_one_end_of_a_share_can_be_excluded(excluded):
    check_shares('teacher', excluded=excluded, decay=1 - excluded)
    with pytest.raises(OptionError, match=f'teacher: decay={excluded}, must be in 0..1, {excluded} excluded'):
        check_shares('teacher', excluded=excluded, decay=excluded)


def test_choices():
    check_choice('ramp_up', 'form', 'linear', ('sigmoid', 'linear'))
    with pytest.raises(OptionError, match="ramp_up: form='cubic', choose one of 'sigmoid', 'linear'"):
        check_choice('ramp_up', 'form', 'cubic', ('sigmoid', 'linear'))


def test_an_error_names_an_option_as_the_config_does():
    with pytest.raises(OptionError, match='^noise: std=-1, must not be negative'), options_of('noise'):
        check_not_negative(Owner(), std=-1)
    with pytest.raises(OptionError, match='^Owner: teacher_flips=-1, must'), options_of(Owner(), 'teacher_flips'):
        check_not_negative('FlipEnsemble', flips=-1)
    with pytest.raises(TypeError, match='^mine$'), options_of('noise'):
        raise TypeError('mine')
