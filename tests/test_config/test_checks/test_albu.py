# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Albu, with a stand-in for albumentations, which is not installed: its classes drop options as the library's do."""
import importlib.util
import random
import sys
import types
import warnings

import numpy as np
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks import albu
from mmseg_entmin.config.checks.albu import albu_warnings, check_albu, options_of

INSTALLED = importlib.util.find_spec('albumentations') is not None


class Rotate:
    """Takes angle_range, as in albumentationsx 2.5; other options only warn."""

    class InitSchema:
        model_fields = dict(p=None, strict=None, angle_range=None, fill_mask=None)

    def __init__(self, angle_range=(-90, 90), fill_mask=0, p=0.5, **kwargs) -> None:
        if kwargs:
            warnings.warn(f'{list(kwargs)} are not valid', stacklevel=2)
        self.angle_range, self.fill_mask, self.p = angle_range, fill_mask, p

    def __call__(self, image, mask):
        mask = mask.copy()
        if random.random() < self.p and self.angle_range != (0, 0):
            mask[:4, :4] = self.fill_mask
        return dict(image=image, mask=mask)


class OneOf:
    def __init__(self, transforms, p=0.5) -> None:
        pass


class Unknown:
    def __init__(self, **kwargs) -> None:
        raise TypeError('it needs boxes')


@pytest.fixture(autouse=True)
def library(monkeypatch):
    module = types.ModuleType('albumentations')
    module.Rotate, module.OneOf, module.Unknown, module.__version__ = Rotate, OneOf, Unknown, '9.9'
    monkeypatch.setitem(sys.modules, 'albumentations', module)
    monkeypatch.setattr(albu, 'library_name', lambda module: f'albumentations {module.__version__}')


def config(*transforms, kind='Albu'):
    return Config(dict(train_dataloader=dict(dataset=dict(pipeline=[dict(type=kind, transforms=list(transforms))]))))


PLACE = 'train_dataloader.dataset.pipeline[0].transforms'


@pytest.mark.parametrize('kind', ['Albu', 'mmpretrain.Albumentations'])
def test_options_that_are_dropped(kind):
    one, two, three = check_albu(config(
        dict(type='OneOf', transforms=[dict(type='Rotate', limit=5, p=0.3)]), dict(type='Rotat'), dict(
            type='Rotate', angle_rage=[0, 0]), kind=kind))
    assert one.startswith(f'{PLACE}[0].transforms[0].limit: Rotate of albumentations 9.9 drops this option and uses ')
    assert two == f"{PLACE}[1].type='Rotat': albumentations 9.9 has no such transform; did you mean Rotate?"
    assert three.endswith('did you mean angle_range?')


def test_what_is_right_or_cannot_be_told():
    right = dict(type='Rotate', angle_range=[0, 5], p=1, strict=True)
    assert not list(check_albu(config(right, dict(type='Unknown', a=1))))
    assert options_of(Unknown) is None and options_of(OneOf) == {'transforms', 'p'}


def test_corners_that_become_the_first_class():
    state = random.getstate(), np.random.get_state()[1].tolist()
    wrong = dict(type='Rotate', angle_range=(-5, 5), p=0.1)
    line, = albu_warnings(config(wrong, dict(wrong, fill_mask=255), wrong, dict(wrong, angle_range=(0, 0)),
                                 dict(type='Unknown'), dict(type='OneOf', transforms=[])))
    assert line.startswith(f'{PLACE}[0]: Rotate of albumentations 9.9 gives label 0 to pixels that it leaves empty (0')
    assert 'set fill_mask=255' in line
    assert (random.getstate(), np.random.get_state()[1].tolist()) == state


def test_without_the_library_building_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, 'albumentations', None)
    cfg = config(dict(type='Rotate', limit=5))
    assert not list(check_albu(cfg)) and not list(albu_warnings(cfg))


@pytest.mark.skipif(not INSTALLED, reason='albumentations is not installed')
def test_the_library_itself(monkeypatch):
    monkeypatch.undo()
    lines = list(check_albu(config(dict(type='Rotate', limit=5, value=0, mask_value=255, p=1.))))
    assert any(line.startswith(f'{PLACE}[0].mask_value: Rotate of albumentations') for line in lines)
    assert len(list(albu_warnings(config(dict(type='Rotate', p=1.), dict(type='HorizontalFlip'))))) == 1
