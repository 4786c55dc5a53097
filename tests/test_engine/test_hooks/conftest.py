# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A small training left alone, with which those that are killed and resumed are compared."""
import pytest
from faults_kills import Case


@pytest.fixture(scope='package')
def case(tmp_path_factory) -> Case:
    """The recipe with consistency, which draws noise, strong views and boxes besides the images' augmentation."""
    return Case(tmp_path_factory.mktemp('case'), 'entmin_plus', 0)
