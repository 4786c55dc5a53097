# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Run lengths fill the image, or are refused."""
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from mmseg_entmin.project.annotations.coco_runs import decode, lengths


def test_compressed_and_plain_run_lengths_are_the_mask():
    rng = np.random.default_rng(0)
    for share in (0, .02, .5, 1):
        mask = rng.random((80, 100)) < share
        code = coco_mask.encode(np.asfortranarray(mask, np.uint8))
        plain = dict(size=[80, 100], counts=list(lengths(code['counts'])))
        for each in (code, dict(code, counts=code['counts'].decode()), plain):
            assert (decode(each) == mask).all()


SMALL = coco_mask.encode(np.ones((4, 4), np.uint8, order='F'))['counts']


@pytest.mark.parametrize('counts, message', [
    ([0, 40], 'run lengths are of 40 pixels, its size is 10 x 8'), ([0, 400000], 'of 400000 pixels'),
    ([10, -5, 75], 'run lengths are of 80'), ([], 'of 0 pixels'), (SMALL, 'of 16 pixels'),
    ('a\u00e4', 'have the character')])
def test_runs_that_do_not_fill_the_image_are_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        decode(dict(size=[8, 10], counts=counts))
