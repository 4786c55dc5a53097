# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Every import path of 0.x leads to its new place and warns."""
import importlib
import sys
import warnings

import pytest

import mmseg_entmin
from mmseg_entmin._moved import MODULES, NAMES, MovedFinder


def load(path: str):
    """Imports a module below the package, anew."""
    sys.modules.pop(f'mmseg_entmin.{path}', None)
    return importlib.import_module(f'mmseg_entmin.{path}')


def load_quietly(path: str):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        return importlib.import_module(f'mmseg_entmin.{path}')


@pytest.mark.parametrize('old', MODULES)
def test_an_old_module_holds_what_its_new_ones_hold(old):
    places = MODULES[old].split()
    now = {name: value for place in places for name, value in vars(load_quietly(place)).items()}
    with pytest.warns(DeprecationWarning, match=f'mmseg_entmin.{old} is now mmseg_entmin.{places[0]}'):
        module = load(old)
    public = [name for name in now if not name.startswith('_')]
    assert public and all(getattr(module, name) is now[name] for name in public)


@pytest.mark.filterwarnings('ignore:mmseg_entmin.* is now')
@pytest.mark.parametrize('old', NAMES)
def test_an_old_name_is_its_new_one(old):
    path, _, name = old.rpartition('.')
    place, _, now = NAMES[old].rpartition('.')
    module, expected = importlib.import_module(f'mmseg_entmin.{path}'), getattr(load_quietly(place), now)
    with pytest.warns(DeprecationWarning, match=f'{old} is now mmseg_entmin.{NAMES[old]};'):
        assert getattr(module, name) is expected


def test_the_warning_names_the_line_that_imports():
    with pytest.warns(DeprecationWarning, match='engine.cli') as caught:
        sys.modules.pop('mmseg_entmin.engine.cli', None)
        import mmseg_entmin.engine.cli  # noqa: F401
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match='SemiSegmentor') as caught:
        from mmseg_entmin.models import SemiSegmentor  # noqa: F401
    assert caught[0].filename == __file__


def test_other_names_are_missing_as_ever():
    with pytest.raises(ModuleNotFoundError, match='mmseg_entmin.engine.absent'):
        importlib.import_module('mmseg_entmin.engine.absent')
    for module in (mmseg_entmin.models, mmseg_entmin.engine.hooks):
        with pytest.raises(AttributeError, match="no attribute 'absent'"):
            module.absent  # noqa: B018


def test_the_import_of_the_package_uses_no_old_path():
    assert sum(isinstance(finder, MovedFinder) for finder in sys.meta_path) == 1


def test_the_changelog_lists_every_old_path(repo_root):
    text = (repo_root / 'CHANGELOG.md').read_text()
    classes = ('SemiSegmentor', 'ConsistencySegmentor', 'EntropyMinimization')  # a row of its own for every place
    names = {next((kind for kind in classes if name.endswith(f'.{kind}')), name) for name in NAMES}
    assert [name for name in (*MODULES, *names) if f'`{name}`' not in text] == []
