# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/shipping.md: its code prepares an image as the test pipeline does."""
import json
import re

import cv2
import numpy as np
import pytest
from mmcv.transforms import Resize


@pytest.mark.parametrize('size', [(120, 88), (50, 300), (60, 60)])
@pytest.mark.parametrize('step', [dict(scale=(48, 40), keep_ratio=False), dict(scale=(192, 48), keep_ratio=True)])
def test_its_resizing_is_mmcvs(repo_root, size, step):
    text = (repo_root / 'docs/shipping.md').read_text()
    code = re.search(r"if 'resize' in metadata:.*?(?=images = )", text, re.S).group()
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    found = dict(image=image, metadata=dict(resize=json.dumps(dict(type='Resize', **step))), json=json, cv2=cv2)
    exec(code, found)
    assert np.array_equal(found['image'], Resize(**step)(dict(img=image))['img'])
