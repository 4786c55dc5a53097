# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The page of rare classes has the table of its records."""
import numpy as np
import pytest
import torch

from benchmarks.csv_rows import read_rows
from benchmarks.pages import MARK
from benchmarks.rare import averages
from benchmarks.rare.tables import PAGE, RECIPES, lines
from benchmarks.rare.trial import KINDS, RECORDS
from benchmarks.rare.variants import DATA, METHODS, VARIANTS, effective_number, losses, median_frequency, method


def test_the_tables_are_those_of_the_records():
    (name, text), (_, second) = [(match[1], match[0]) for match in MARK.finditer(PAGE.read_text())]
    assert '\n'.join(lines(name)) in text and len(lines(name)) > 4
    assert '\n'.join(averages.lines()) in second and len(averages.lines()) > 4
    with pytest.raises(KeyError):
        lines('rare/other')


def test_the_mean_of_weights_keeps_integers():
    states = [dict(weight=torch.full((2, ), value), count=torch.tensor(int(value))) for value in (1., 3.)]
    found = averages.mean(states)
    assert found['weight'].tolist() == [2, 2] and found['count'] == 3


def test_each_record_is_of_a_run_that_can_be_repeated():
    for record in read_rows(RECORDS, KINDS):
        assert record['data'] in DATA and record['variant'] in VARIANTS and record['method'] in METHODS
    assert set(RECIPES) == set(VARIANTS)


def test_weights_of_classes():
    shares = np.array([0.98, 0.02])
    assert median_frequency(shares, 100) == [1, 49] and median_frequency(shares, 10) == [1, 10]
    assert effective_number(shares, 10, 10_000_000)[1] > 1
    assert losses('dice_median3', shares, 100)[0]['class_weight'] == [1, 3]


def test_lists_by_class_take_the_place_of_their_names():
    assert method('consistency_both', [1], 3) == dict(
        type='EntMinConsistency', threshold=[0.95, 0.7, 0.95], labeled_classes=dict(share=1., classes=[1]))
    assert method('supervised', [1], 3) is None
