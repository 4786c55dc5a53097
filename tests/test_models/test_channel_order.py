# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from types import SimpleNamespace

import pytest
from mmseg.models import SegDataPreProcessor

from mmseg_entmin.models.channel_order import is_bgr


@pytest.mark.parametrize('converts', [True, False])
def test_of_the_maintained_and_of_the_official_mmseg(converts):
    assert is_bgr(SegDataPreProcessor(bgr_to_rgb=converts)) is not converts
    for name in ('_channel_conversion', 'channel_conversion'):
        assert is_bgr(SimpleNamespace(**{name: converts})) is not converts
