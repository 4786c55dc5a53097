# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Numbers in messages agree with what is counted."""

import pytest

from mmseg_entmin.words import amount


@pytest.mark.parametrize('number, one, more, text', [
    (0, 'image', '', '0 images'), (1, 'image', '', '1 image'), (2, 'image', '', '2 images'),
    (1, 'mask is', 'masks are', '1 mask is'), (2, 'mask is', 'masks are', '2 masks are')])
def test_amount(number, one, more, text):
    assert amount(number, one, more) == text
