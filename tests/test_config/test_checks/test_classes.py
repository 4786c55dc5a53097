# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Heads and data of different numbers of classes."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks.classes import check_classes


def config(decode=3, auxiliary=3, cls=3, names=('a', 'b', 'c'), **dataset) -> Config:
    labeled = dict(type='BaseSegDataset', metainfo=dict(classes=names), **dataset)
    return Config(dict(
        model=dict(decode_head=dict(type='UncertaintyHead', head=dict(num_classes=decode)),
                   auxiliary_head=[dict(num_classes=auxiliary), dict(type='STDCHead', num_classes=2)],
                   cls_head=dict(num_classes=cls)),
        train_dataloader=dict(dataset=dict(labeled=labeled, unlabeled=dict(type='ADE20KDataset')))))


@pytest.mark.parametrize('cfg, line', [
    (config(), None),
    (config(auxiliary=4), 'model.auxiliary_head[0].num_classes=4, but model.decode_head.head.num_classes=3; give all '
                          'heads the same number of classes'),
    (config(cls=2), 'model.cls_head.num_classes=2, but model.decode_head.head.num_classes=3; give all heads the same '
                    'number of classes'),
    (config(names=('a', 'b')), 'model.decode_head.head.num_classes=3, but train_dataloader.dataset.labeled has 2 '
                               'classes (a, b); set num_classes=2 in all heads, or metainfo of the data set'),
    (config(1, 1, 1, names=('a', 'b')), None),
    (Config(dict(model=dict(decode_head=dict(num_classes=3)),
                 test_dataloader=dict(dataset=dict(type='ADE20KDataset')))),
     'model.decode_head.num_classes=3, but test_dataloader.dataset has 150 classes (wall, building, sky, ...); set '
     'num_classes=150 in all heads, or metainfo of the data set'),
    (Config(), None),
])
def test_all_have_the_same_number(cfg, line):
    assert list(check_classes(cfg)) == ([line] if line else [])
