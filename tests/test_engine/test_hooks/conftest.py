# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A small training left alone, with which those that are killed and resumed are compared; and what hooks log."""
from collections.abc import Callable

import pytest

from tests.stress.faults_kills import Case


@pytest.fixture(scope='package')
def case(tmp_path_factory) -> Case:
    """The recipe with consistency, which draws noise, strong views and boxes besides the images' augmentation."""
    return Case(tmp_path_factory.mktemp('case'), 'entmin_plus', 0)


@pytest.fixture
def said_by(monkeypatch) -> Callable[[str], list[str]]:
    """Gives the list of what a module of hooks logs from now on."""

    def listen(module: str) -> list[str]:
        said: list[str] = []
        monkeypatch.setattr(f'mmseg_entmin.engine.hooks.{module}.print_log', lambda message, **_: said.append(message))
        return said

    return listen
