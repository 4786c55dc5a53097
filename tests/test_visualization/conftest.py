# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the tests of pictures share."""
import pytest
from matplotlib.figure import Figure


@pytest.fixture
def figure(monkeypatch):
    """The figure that was drawn last."""
    figures = []
    savefig = Figure.savefig
    monkeypatch.setattr(Figure, 'savefig', lambda self, *args, **kwargs: (figures.append(self),
                                                                          savefig(self, *args, **kwargs)))
    return lambda: figures[-1]
