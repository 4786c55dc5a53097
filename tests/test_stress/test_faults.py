# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A short form of the trials of tests/stress/faults_fuzz.py and faults_malformed.py; `make faults` runs all."""
import pytest

from tests.stress import faults_fuzz, faults_malformed

SLOW = [name for name, case in faults_malformed.CASES.items() if case.tool == 'train']


@pytest.mark.parametrize('name', faults_fuzz.PROPERTIES)
def test_property(name):
    row = faults_fuzz.try_property(name, cases=25)
    assert row['passed'] == row['tried'] >= 25, row['note']


@pytest.mark.parametrize('name', [name for name in faults_malformed.CASES if name not in SLOW]
                         + ['misspelt key at the top', 'lambda below 0', 'unlabeled image unreadable in training',
                            'loss that is not finite'])
def test_malformed_input_is_named(name):
    row = faults_malformed.try_case(name)
    assert row['passed'] == row['tried'] == 1, row['note']


def test_a_kind_that_is_not_named_does_not_pass(monkeypatch):
    monkeypatch.setitem(faults_malformed.CASES, 'nothing is wrong',
                        faults_malformed.Case(lambda root: None, r'^error: '))
    row = faults_malformed.try_case('nothing is wrong')
    assert row['passed'] == 0 and 'no errors' in row['note']
    assert len(faults_malformed.CASES) > 60


def test_a_property_that_fails_is_reported(monkeypatch):
    monkeypatch.setattr(faults_fuzz, 'entropy_loss', lambda mean, normalize=True: mean.float().exp().sum())
    row = faults_fuzz.try_property('entropy is finite', cases=50)
    assert row['passed'] < row['tried'] and row['note']
